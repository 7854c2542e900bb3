import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import jwt from '@fastify/jwt'
import { build } from 'esbuild'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import * as exported from '../../src/index.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { SECRET } from '../helpers/app.ts'
import { run, snippet } from '../package/run-snippet.ts'
import { pageText } from './page.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const userOf = ({ user }: { readonly user?: string }): string | undefined => user

async function server (test: TestContext): Promise<FastifyInstance> {
  const app = Fastify()
  test.after(async () => await app.close())
  await app.register(exported.sessionSecurity, { session: { secret: SECRET, cookie: { secure: false } }, userOf })
  app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
  return app
}

describe('the snippets of the reference', () => {
  it('track tokens, and let @fastify/jwt ask for them', async test => {
    const app = await server(test)
    await run(snippet('Tokens', 'trusted:'), { app, jwt })
    app.get('/api', async request => await request.jwtVerify())
    await app.ready()
    const names = { app, user: 'ada', randomUUID }
    const token = await run(`${snippet('Tokens', 'tokens.track(')}\nreturn token`, names)
    const headers = { authorization: `Bearer ${token}` }
    const ask = async () => (await app.inject({ url: '/api', headers })).statusCode
    assert.equal(await ask(), 200)
    await app.sessionSecurity.tokens.revokeUser('ada')
    assert.equal(await ask(), 401)
  })

  it('register the plugin, and tell how much time is left', async test => {
    const app = Fastify()
    test.after(async () => await app.close())
    await run(snippet('Options', 'onSessionEnd'), { app })
    await run(snippet('In a request', 'confirm()'), { app })
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    const browser = new BrowserJar(app)
    await browser.post('/sign-in')
    const { state, expiresIn } = (await browser.get('/time-left')).json()
    assert.deepEqual([state, Math.round(expiresIn)], ['active', 600])
  })

  it('replace texts, and add a language', async test => {
    const app = await server(test)
    await run(snippet('The texts of the client', 'languages:'), { app })
    assert.match(app.sessionClient.notice('nb'), /lang="nb".*Our rules want you signed out after 10 minutes/)
    await app.ready()
    assert.match((await app.inject('/session_security/texts/nb.js')).body, /Forbli innlogget/)
    assert.match((await app.inject('/session_security/texts/de.js')).body, /Bleiben/)
  })

  it('answer an error in the application\'s own way', async test => {
    const app = await server(test)
    await run(snippet('Errors', 'setErrorHandler'), { app })
    app.get('/guarded', { preHandler: exported.requireSession() }, async () => 'private')
    assert.deepEqual((await app.inject('/guarded')).json(), { reason: 'none' })
  })

  it('serve a page that carries the client', async test => {
    const app = await server(test)
    await run(snippet('In the browser', 'sessionClient,'), { app })
    const browser = new BrowserJar(app)
    await browser.post('/sign-in')
    assert.match((await browser.get('/form')).body, /data-sign-out-url="\/logout"[^>]* data-login-url="\/login"/)
  })

  it('import what the client exports', async () => {
    const [, contents = ''] = /```js\n([\s\S]*?)```/.exec(pageText('docs/reference/client-parts.md')) ?? []
    const alias = { 'fastify-session-security/client': `${root}src/client/index.ts` }
    const stylesheet = { 'fastify-session-security/client.css': `${root}src/client/client.css` }
    const { errors, warnings } = await build({
      stdin: { contents, resolveDir: root },
      alias: { ...stylesheet, ...alias },
      bundle: true,
      write: false,
      outdir: 'out',
      logLevel: 'silent'
    })
    assert.deepEqual([errors, warnings], [[], []])
  })

  it('write an end to an audit log', async () => {
    const lines: unknown[] = []
    const [, code = ''] = /^export default (async function[\s\S]*?^\})$/m.exec(pageText('docs/reference/cli.md')) ?? []
    const audit = { write: async (line: unknown) => { lines.push(line) } }
    const onEnd = await run(`return ${code}`, { audit }) as (ended: object) => Promise<void>
    await onEnd({ handle: 'h', user: 'ada', reason: 'idle', endedAtMs: 0 })
    assert.deepEqual(lines, [{ what: 'session ended', handle: 'h', user: 'ada', reason: 'idle', at: new Date(0) }])
  })
})
