import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Format } from 'esbuild'
import { build } from 'esbuild'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { PackedProject } from './packed-project.ts'
import { startProgram, unpackedProject } from './packed-project.ts'

const APPLICATION = `
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import sessionSecurity, { sessionAdmin, sessionClient } from 'fastify-session-security'
import { RedisStore } from 'fastify-session-security/redis'

const app = Fastify()
app.register(sessionSecurity, {
  session: { secret: 'at least 32 characters, and not these', cookie: { secure: 'auto' } },
  store: new RedisStore({ client: new Redis(process.env.REDIS_URL) }),
  userOf: session => session.user
})
app.register(sessionClient)
app.register(sessionAdmin, { authorize: request => request.session.user === 'ada' })
app.post('/sign-in', async request => { request.session.user = 'ada' })
app.get('/', async (request, reply) => {
  const tags = app.sessionClient.tags(request, { lang: 'de' })
  return reply.type('text/html').send(tags + app.sessionClient.notice('de', 600))
})
app.listen({ host: '127.0.0.1', port: 0 }).then(address => console.log(address))
`

/** CommonJS packages in an ES module: esbuild leaves their \`require('node:net')\` as it is. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)"

describe('an application that esbuild bundles into one file', () => {
  let project: PackedProject
  let redis: TcpRedisServer

  before(async () => { [project, redis] = await Promise.all([unpackedProject(), startRedis({ port: true })]) })
  after(async () => { await Promise.all([project.remove(), redis.stop()]) })

  for (const format of ['esm', 'cjs'] as const) {
    it(`runs alone in a folder, as ${format}: the store, the client's files and the admin page`, async test => {
      const folder = await mkdtemp(join(tmpdir(), 'bundled-'))
      test.after(async () => await rm(folder, { recursive: true }))
      await bundle(project, folder, format)
      assert.deepEqual(await readdir(folder), ['app.' + (format === 'esm' ? 'mjs' : 'cjs')])
      const { address, stop } = await startProgram(folder, await readdir(folder), { REDIS_URL: redis.url })
      try {
        const { headers } = await fetch(`${address}/sign-in`, { method: 'POST' })
        const cookie = String(headers.get('set-cookie')).split(';')[0] ?? ''
        const read = async (path: string): Promise<string> => {
          const response = await fetch(address + path, { headers: { cookie } })
          assert.equal(response.status, 200, path)
          return await response.text()
        }
        const page = await read('/')
        assert.match(page, /Zu Ihrer Sicherheit/)
        const files = await Promise.all(addressesIn(page).map(read))
        assert.equal(files.length, 4) // the stylesheet, forms, the texts, the client
        assert.ok(files.every(text => text.length > 1000))
        const admin = await read('/session_security/admin')
        assert.match(admin, /ada/)
        await Promise.all(addressesIn(admin).map(read))
        assert.equal(JSON.parse(await read('/session_security/ping?idleFor=3')).state, 'active')
      } finally {
        await stop()
      }
    })
  }
})

async function bundle (project: PackedProject, folder: string, format: Format): Promise<void> {
  await build({
    stdin: { contents: APPLICATION, resolveDir: project.folder },
    bundle: true,
    platform: 'node',
    format,
    banner: { js: format === 'esm' ? REQUIRE : '' },
    outfile: join(folder, format === 'esm' ? 'app.mjs' : 'app.cjs'),
    logLevel: 'error'
  })
}

function addressesIn (page: string): string[] {
  return [...page.matchAll(/(?:href|src)="([^"]+\.(?:css|js))"/g)].map(([, address = '']) => address)
}
