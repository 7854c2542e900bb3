import type { FastifyInstance } from 'fastify'
import { sendFile, staticFile, versionOf } from '../browser-files/static-file.ts'
import { ASSETS } from './assets.built.ts'

/** Adds a route for each small file. No path from a request ever reaches the disk. */
export async function assets (fastify: FastifyInstance): Promise<void> {
  for (const [name, text] of Object.entries(ASSETS)) {
    const file = staticFile(name, text)
    const version = versionOf(file)
    fastify.get(`/assets/${name}`, async function sendAsset (request, reply) {
      return await sendFile(request, reply, file, version, false)
    })
  }
}
