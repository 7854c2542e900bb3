import { hash } from 'node:crypto'
import { extname } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { contextOf } from '../request/request-session.ts'
import { addressIn } from '../request/address.ts'

/** A file of this package for browsers. */
export interface StaticFile {
  /** The name of the file, whose ending tells its type: `admin.css`. */
  readonly name: string
  readonly body: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml'
}

const FOR_EVER = 'max-age=31536000, immutable'

export function staticFile (name: string, text: string): StaticFile {
  return { name, body: Buffer.from(text) }
}

/** Returns a version that changes with the names and the contents of the files. */
export function versionOf (...files: readonly StaticFile[]): string {
  const all = files.flatMap(({ name, body }) => [Buffer.from(`\n${name}\n`), body])
  return hash('sha256', Buffer.concat(all), 'base64url').slice(0, 16)
}

/**
 * Answers with a file.
 *
 * @param forEver `false`: the browser asks each time for changes. Otherwise the address changes with the contents, and
 * the browser's cache alone (`private`) or every cache (`public`) may keep the file
 */
export async function sendFile (
  request: FastifyRequest, reply: FastifyReply, { name, body }: StaticFile, version: string,
  forEver: 'public' | 'private' | false
): Promise<FastifyReply> {
  // A cache that keeps a copy for everybody must not keep a cookie with it.
  if (forEver !== 'private') contextOf(request)?.leaveSession()
  const etag = `"${version}"`
  reply.headers({
    etag,
    'cache-control': forEver === false ? 'no-cache' : `${forEver}, ${FOR_EVER}`,
    'x-content-type-options': 'nosniff'
  })
  const known = request.headers['if-none-match']?.split(/,\s*/).map(tag => tag.replace(/^W\//, ''))
  if (known?.includes(etag) === true) return await reply.code(304).send()
  return await reply.type(TYPES[extname(name)] ?? 'application/octet-stream').send(body)
}

/**
 * Serves a file at an address that changes with its contents. The context's hooks run before.
 *
 * A request for it is passive: the file comes with a page.
 *
 * @returns the address, with the prefix of the context
 */
export function serveFile (fastify: FastifyInstance, file: StaticFile): string {
  const version = versionOf(file).slice(0, 12)
  const address = `/${file.name.replace(/(?=\.\w+$)/, `-${version}`)}`
  const route = { config: { sessionSecurity: { passive: true } } }
  fastify.get(address, route, async function sendVersioned (request: FastifyRequest, reply: FastifyReply) {
    return await sendFile(request, reply, file, version, 'private')
  })
  return addressIn(fastify, address)
}
