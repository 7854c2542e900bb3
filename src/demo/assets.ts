import { readFile, readdir } from 'node:fs/promises'
import { extname } from 'node:path'
import type { FastifyInstance } from 'fastify'

const FOLDER = new URL('assets/', import.meta.url)

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml'
}

/** A few small files, read once: a route each, so that no path from a request ever reaches the disk. */
export async function assets (fastify: FastifyInstance): Promise<void> {
  for (const name of await readdir(FOLDER)) {
    const content = await readFile(new URL(name, FOLDER))
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    fastify.get(`/assets/${name}`, async (_request, reply) => await reply.header('cache-control', 'no-cache').type(type).send(content))
  }
}
