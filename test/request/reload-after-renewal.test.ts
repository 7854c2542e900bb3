import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { buildApp } from '../helpers/app.ts'
import { linesOf } from '../helpers/answers.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

/** Returns a request's view of its session after a reload, with each call's answer. */
async function read ({ session, sessionSecurity }: FastifyRequest) {
  return {
    user: session.user ?? null,
    recorded: await sessionSecurity.recordActivity(),
    state: (await sessionSecurity.confirm()).state,
    current: (await sessionSecurity.sessions()).map(({ current }) => current)
  }
}

const SIGNED_IN = { user: 'ada', recorded: true, state: 'active', current: [true] }
const NOBODY = { user: null, recorded: false, state: 'ended', current: [] }

/** Opens an application with a request during which the same browser asks for other addresses. */
async function open (kit: StoreKit, meanwhile: readonly string[]) {
  const built = await buildApp({ kit, routes: addRoutes })
  const { app, browser } = built
  const other: BrowserJar = built.newBrowser()
  function addRoutes (app: FastifyInstance): void {
    app.post('/renew', async ({ session }) => {
      session.b = (session.b ?? 0) + 1
      await session.regenerate(['user', 'b'])
    })
    app.post('/re-authenticate', async ({ sessionSecurity }) => { sessionSecurity.reauthenticated() })
    app.post('/bob', async ({ session }) => { session.user = 'bob' })
    app.post('/revoke', async () => { await app.sessionSecurity.endUser('ada') })
    app.get('/holds', async ({ session: { a = null, b = null } }) => ({ a, b }))
    app.post('/long', async request => {
      Object.assign(other.cookies, browser.cookies)
      for (const url of meanwhile) await other.post(url)
      await request.session.reload()
      const seen = await read(request)
      request.session.a = 1
      return seen
    })
  }
  await browser.post('/sign-in')
  return { app, browser, other }
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`reload(), on ${kit.name}`, () => {
    for (const meanwhile of [['/renew'], ['/renew', '/renew', '/renew'], ['/re-authenticate']]) {
      it(`follows another request's renewal by ${meanwhile.join(' and ')}, and keeps an edit after it`, async () => {
        const { app, browser, other } = await open(kit, meanwhile)
        const answer = await browser.post('/long')
        assert.deepEqual(answer.json(), SIGNED_IN)
        assert.deepEqual(linesOf(answer), [], 'the browser has the cookie of the renewed session')
        const renewals = meanwhile.filter(url => url === '/renew').length
        assert.deepEqual((await other.get('/holds')).json(), { a: 1, b: renewals === 0 ? null : renewals })
        assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 1)
        await app.close()
      })
    }

    for (const meanwhile of [
      ['/sign-out'], ['/revoke'], ['/bob'], ['/renew', '/sign-out'], ['/renew', '/revoke'], ['/renew', '/bob']
    ]) {
      it(`finds nobody after another request's ${meanwhile.join(' and ')}, whose session it keeps`, async () => {
        const { app, browser, other } = await open(kit, meanwhile)
        const answer = await browser.post('/long')
        assert.deepEqual([answer.json(), linesOf(answer)], [NOBODY, []], 'the browser may have another cookie by now')
        const isBobs = meanwhile.includes('/bob')
        assert.deepEqual((await other.get('/')).json().user, isBobs ? 'bob' : null)
        assert.equal((await app.sessionSecurity.list()).sessions.length, isBobs ? 1 : 0)
        await app.close()
      })
    }

    it('reads the same session again where nothing happened meanwhile', async () => {
      const { app, browser } = await open(kit, [])
      assert.deepEqual((await browser.post('/long')).json(), SIGNED_IN)
      assert.equal((await browser.get('/holds')).json().a, 1)
      await app.close()
    })
  })
}
