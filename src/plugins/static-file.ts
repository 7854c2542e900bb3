import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { contextOf } from '../request/request-session.ts'
import { addressIn } from './address.ts'

/** A file of this package's own, for browsers. */
export interface StaticFile {
  readonly type: string
  readonly body: string | Buffer
}

/** Where a file is served that a browser asks for once: its address changes with its contents. */
export interface VersionedFile extends StaticFile {
  /** Where in the context it is served: `/admin.css`. */
  readonly url: string
}

const FOR_EVER = 'max-age=31536000, immutable'

export function versionOf (...contents: ReadonlyArray<string | Buffer>): string {
  return hash('sha256', Buffer.concat(contents.map(content => Buffer.from(content))), 'base64url').slice(0, 16)
}

/**
 * Answers with a file. `forEver`: its address changes with its contents; `public`: a cache may keep it for everybody.
 * Without either, the browser asks each time whether it has changed.
 */
export async function sendFile (
  request: FastifyRequest, reply: FastifyReply, { type, body }: StaticFile, version: string,
  forEver: 'public' | 'private' | false
): Promise<FastifyReply> {
  // Whoever keeps a copy for everybody must not keep anybody's cookie with it.
  if (forEver !== 'private') contextOf(request)?.leaveSession()
  const etag = `"${version}"`
  reply.headers({
    etag,
    'cache-control': forEver === false ? 'no-cache' : `${forEver}, ${FOR_EVER}`,
    'x-content-type-options': 'nosniff'
  })
  const known = request.headers['if-none-match']?.split(/,\s*/).map(tag => tag.replace(/^W\//, ''))
  if (known?.includes(etag) === true) return await reply.code(304).send()
  return await reply.type(type).send(body)
}

/**
 * Serves a file at an address that changes with its contents. Not an activity: it comes with a page. Whatever hooks the
 * context has are asked before.
 *
 * @returns the address, with the prefix of the context.
 */
export function serveFile (fastify: FastifyInstance, { url, ...file }: VersionedFile): string {
  const version = versionOf(file.body).slice(0, 12)
  const address = url.replace(/(?=\.\w+$)/, `-${version}`)
  const route = { config: { sessionSecurity: { passive: true } } }
  fastify.get(address, route, async function sendVersioned (request: FastifyRequest, reply: FastifyReply) {
    return await sendFile(request, reply, file, version, 'private')
  })
  return addressIn(fastify, address)
}
