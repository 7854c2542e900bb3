import type { FastifyInstance } from 'fastify'

/** The address of a path in this context, with the prefix of the context: joined as Fastify joins the two. */
export function addressIn ({ prefix }: FastifyInstance, path: string): string {
  return prefix.replace(/\/$/, '') + path
}
