import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { addressIn } from './address.ts'

export interface StaticFile {
  /** Where in the context it is served: `/admin.css`. */
  readonly url: string
  readonly body: string
  readonly type: string
}

/**
 * Serves a file of this package's own at an address that changes with its contents, so that a browser asks for it once. Not an
 * activity: it comes with a page. Whatever hooks the context has are asked before.
 *
 * @returns the address, with the prefix of the context.
 */
export function serveFile (fastify: FastifyInstance, { url, body, type }: StaticFile): string {
  const version = hash('sha256', body, 'base64url').slice(0, 12)
  const etag = `"${version}"`
  const address = url.replace(/(?=\.\w+$)/, `-${version}`)
  const headers = { etag, 'cache-control': 'private, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' }
  const route = { config: { sessionSecurity: { passive: true } } }
  fastify.get(address, route, async function sendFile (request: FastifyRequest, reply: FastifyReply) {
    reply.headers(headers)
    if (request.headers['if-none-match'] === etag) return await reply.code(304).send()
    return await reply.type(type).send(body)
  })
  return addressIn(fastify, address)
}
