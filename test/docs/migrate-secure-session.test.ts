import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { run } from '../package/run-snippet.ts'
import { script } from './page.ts'

const PAGE = 'docs/migrate/secure-session.md'

/** Its types declare another `request.session` for the whole program: it is loaded without them. */
const PACKAGE: string = '@fastify/secure-session'

async function made (test: TestContext, text: string): Promise<FastifyInstance> {
  const { default: secureSession } = await import(PACKAGE)
  const { default: sessionSecurity } = await import('../../src/index.ts')
  const app = Fastify()
  test.after(async () => await app.close())
  await run(script(PAGE, text), { app, secureSession, sessionSecurity })
  return app
}

describe('the page on @fastify/secure-session', () => {
  it('people sign in once more, and the former cookie is cleared', async t => {
    const [former, app] = [await made(t, "session.set('user'"), await made(t, 'clearCookie')]
    const before = new BrowserJar(former)
    await before.post('/sign-in', { user: 'ada' })
    assert.equal((await before.get('/account')).body, 'ada')
    assert.deepEqual(Object.keys(before.cookies), ['session'])
    const browser = new BrowserJar(app)
    Object.assign(browser.cookies, before.cookies)
    assert.equal((await browser.get('/account')).statusCode, 401)
    await browser.post('/sign-in', { user: 'ada' })
    assert.equal((await browser.get('/account')).body, 'ada')
    assert.deepEqual(Object.keys(browser.cookies), ['sessionId'])
  })

  it('a log-out ends what somebody copied: before, it did not', async t => {
    const stillIn = []
    for (const text of ["session.set('user'", 'clearCookie']) {
      const app = await made(t, text)
      const browser = new BrowserJar(app)
      await browser.post('/sign-in', { user: 'ada' })
      const thief = browser.copy()
      await browser.post('/sign-out')
      assert.equal((await browser.get('/account')).statusCode, 401)
      stillIn.push((await thief.get('/account')).statusCode === 200)
    }
    assert.deepEqual(stillIn, [true, false])
  })

  it('both stand beside each other', async t => {
    const browser = new BrowserJar(await made(t, 'sessionName'))
    await browser.post('/basket', { items: 2 })
    await browser.post('/sign-in', { user: 'ada' })
    assert.deepEqual((await browser.get('/')).json(), { user: 'ada', items: 2 })
  })

  it('the calls of the table are there', async t => {
    const app = await made(t, 'clearCookie')
    app.get('/calls', async request => {
      const { session } = request
      session.set('user', 'eva')
      const said = [session.get('user'), session.isModified(), await request.sessionSecurity.recordActivity()]
      session.set('user', 'ada')
      await session.regenerate(['user'])
      return [...said, Object.keys({ ...request.session }).includes('user')]
    })
    const browser = new BrowserJar(app)
    await browser.post('/sign-in', { user: 'ada' })
    const before = { ...browser.cookies }
    assert.deepEqual((await browser.get('/calls')).json(), ['eva', true, true, true])
    assert.notDeepEqual(browser.cookies, before)
    assert.equal((await browser.get('/account')).body, 'ada')
  })
})
