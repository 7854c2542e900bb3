import type { FastifyReply } from 'fastify'

/** Sends a page for one person. No cache keeps it. */
export async function sendPage (reply: FastifyReply, page: string): Promise<FastifyReply> {
  return await reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page)
}
