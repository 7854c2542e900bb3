import type { FastifyInstance } from 'fastify'

/** Returns the address of a path, with the prefix as Fastify joins the two. */
export function addressIn ({ prefix }: FastifyInstance, path: string): string {
  return prefix.replace(/\/$/, '') + path
}
