import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, describe, it } from 'node:test'
import csrf from '@fastify/csrf-protection'
import flash from '@fastify/flash'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { run } from '../package/run-snippet.ts'
import { Guide, newApp } from './guide.ts'

const modules = new URL('../../node_modules/', import.meta.url)

describe('the guide to other plugins', async () => {
  const guide = Guide.open('plugins')
  after(() => guide.assertAllTaken())

  it('registers them in an order in which each finds the session', async test => {
    const app = newApp(test)
    await run(guide.code('keyGenerator'), { app, csrf, flash, rateLimit, websocket })
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    app.get('/', async (request, reply) => {
      request.flash('info', 'hello')
      return [reply.flash('info'), reply.generateCsrf().length > 20]
    })
    const browser = new BrowserJar(app)
    await browser.post('/sign-in')
    const response = await browser.get('/')
    assert.deepEqual(response.json(), [['hello'], true])
    assert.equal(response.headers['x-ratelimit-remaining'], '99', 'a count of her own')
  })

  it('names the versions that are installed, of packages that tests use', async () => {
    const [, tested = ''] = /## In a test of each change\n([\s\S]*?)\n## /.exec(guide.text) ?? []
    const rows = [...tested.matchAll(/^\| `(@fastify\/[\w-]+)` \| ([\d.]+) \|/gm)]
    assert.ok(rows.length > 10)
    for (const [, name = '', version = ''] of rows) {
      const installed = JSON.parse(await readFile(new URL(`${name}/package.json`, modules), 'utf8')).version
      assert.ok(`${installed}.`.startsWith(`${version}.`), `${name} ${installed}`)
    }
  })
})
