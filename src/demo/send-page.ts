import type { FastifyReply } from 'fastify'

/** Sends a page that is for one person, now: nothing keeps a copy. */
export async function sendPage (reply: FastifyReply, page: string): Promise<FastifyReply> {
  return await reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page)
}
