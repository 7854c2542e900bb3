import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance, FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify'
import { requireSession, sessionAdmin, sessionClient } from '../../src/index.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import { listenToAudit, shown } from '../helpers/channels.ts'
import { redisKit } from '../helpers/store-kits.ts'
import { CONFIDENTIAL } from './corrupt-records.ts'

const CODE = 'FST_SESSION_SECURITY_LATER_VERSION'
const LATER = `2 live ${CONFIDENTIAL}\nuser\n"ada"`

const kit = redisKit()

interface Site extends TestApp {
  readonly key: string
  readonly handle: string
}

/** Somebody is signed in, and a later version has taken the session over. */
async function open (routes: (app: FastifyInstance) => void = () => {}): Promise<Site> {
  const site = await signedIn(routes)
  await takeOver(site)
  return site
}

async function signedIn (routes: (app: FastifyInstance) => void): Promise<Site> {
  const site = await buildApp({
    kit,
    routes: app => {
      app.register(sessionClient)
      app.register(sessionAdmin, { authorize: ({ session }) => session.user === 'ada' })
      addDoors(app)
      routes(app)
    }
  })
  await site.browser.post('/sign-in')
  const [[value = ''] = []] = Object.values(site.browser.cookies).map(value => decodeURIComponent(value).split('.'))
  const handle = handleOf(value)
  const key = (await kit.client().keys(`*s:${handle}`))[0] ?? ''
  assert.notEqual(key, '')
  site.log.raw.length = 0
  return { ...site, handle, key }
}

async function takeOver ({ key }: Site): Promise<void> {
  await kit.client().set(key, LATER)
}

function addDoors (app: FastifyInstance): void {
  app.post('/note', async ({ session }) => { session.a = 1 })
  app.post('/note-at-once', async ({ session }) => {
    session.a = 1
    await session.save()
  })
  app.post('/note-anew', async request => {
    await request.session.regenerate()
    request.session.a = 1
  })
  app.get('/guarded', { preHandler: requireSession() }, async () => 'private')
  app.get('/page', { preHandler: requireSession({ loginUrl: '/sign-in' }) }, async () => 'private')
  app.get('/reason', async ({ sessionSecurity }) => await sessionSecurity.endReason())
  app.get('/tags', async request => app.sessionClient.tags(request))
  app.get('/confirm', async ({ sessionSecurity }) => await sessionSecurity.confirm())
  app.get('/sessions', async ({ sessionSecurity }) => await sessionSecurity.sessions())
  app.post('/end-others', async ({ sessionSecurity }) => await sessionSecurity.endOtherSessions())
  app.post('/active', async ({ sessionSecurity }) => await sessionSecurity.recordActivity())
  app.post('/idle', async ({ sessionSecurity }) => await sessionSecurity.reportIdle(1))
  app.post('/sign-out-by-id', (request, reply) => {
    const id = String(request.cookies['sessionId']).split('.')[0] ?? ''
    request.sessionStore.destroy(id, error => { reply.send(error ?? 'bye') })
  })
  app.get('/by-id', (request, reply) => {
    const id = String(request.cookies['sessionId']).split('.')[0] ?? ''
    request.sessionStore.get(id, (error, session) => { reply.send(error ?? { session: session ?? null }) })
  })
  app.post('/set-by-id', (request, reply) => {
    const id = String(request.cookies['sessionId']).split('.')[0] ?? ''
    request.sessionStore.set(id, { a: 1, cookie: {} } as never, error => { reply.send(error ?? 'set') })
  })
  app.get('/decrypted', (request, reply) => {
    const holder = { session: undefined }
    app.decryptSession(
      request.cookies['sessionId'] ?? '', holder as never, error => { reply.send(error ?? { session: holder.session }) }
    )
  })
}

/** The answer of each door. */
const DOORS: ReadonlyArray<readonly [InjectOptions & { readonly url: string }, number]> = [
  [{ method: 'GET', url: '/' }, 200],
  [{ method: 'GET', url: '/passive' }, 200],
  [{ method: 'GET', url: '/tags' }, 200],
  [{ method: 'GET', url: '/reason' }, 200],
  [{ method: 'GET', url: '/nowhere' }, 404],
  [{ method: 'POST', url: '/note' }, 200],
  [{ method: 'POST', url: '/note-at-once' }, 200],
  [{ method: 'POST', url: '/note-anew' }, 200],
  [{ method: 'GET', url: '/guarded' }, 503],
  [{ method: 'GET', url: '/page', headers: { accept: 'text/html' } }, 503],
  [{ method: 'GET', url: '/page', headers: { 'hx-request': 'true' } }, 503],
  [{ method: 'GET', url: '/session_security/ping' }, 503],
  [{ method: 'GET', url: '/session_security/ping?idleFor=1' }, 503],
  [{ method: 'POST', url: '/session_security/ping', payload: { idleFor: 1 } }, 503],
  [{ method: 'GET', url: '/session_security/admin/' }, 503],
  [{ method: 'GET', url: '/session_security/admin/', headers: { accept: 'text/html' } }, 503],
  [{ method: 'GET', url: '/confirm' }, 503],
  [{ method: 'GET', url: '/sessions' }, 503],
  [{ method: 'POST', url: '/end-others' }, 503],
  [{ method: 'POST', url: '/active' }, 503],
  [{ method: 'POST', url: '/idle' }, 503],
  [{ method: 'POST', url: '/sign-out' }, 503],
  [{ method: 'POST', url: '/sign-out-by-id' }, 503],
  [{ method: 'GET', url: '/by-id' }, 503],
  [{ method: 'POST', url: '/set-by-id' }, 503],
  [{ method: 'GET', url: '/decrypted' }, 503]
]

/** The request goes on, and fails when it needs the session. No answer says that the session is over. */
function assertAnswer ({ statusCode, headers, body }: LightMyRequestResponse, expected: number): void {
  assert.equal(statusCode, expected, body)
  assert.equal(headers['set-cookie'], undefined)
  assert.equal(headers['session-end-reason'], undefined)
  if (expected !== 503) return
  assert.deepEqual([headers['retry-after'], headers['cache-control']], ['5', 'no-store'])
  assert.ok(body.includes(CODE), body)
}

describe('a request that presents a session which a later version keeps', () => {
  for (const [door, expected] of DOORS) {
    const accept = door.headers === undefined ? '' : ` (${Object.keys(door.headers).join()})`
    it(`${door.method} ${door.url}${accept}: ${expected}, no cookie line, and nothing is written`, async () => {
      const site = await open()
      const { app, browser, key, log, held } = site
      const before = [await kit.client().dumpBuffer(key), await held()]
      for (let i = 0; i < 2; i++) assertAnswer(await app.inject({ ...door, cookies: { ...browser.cookies } }), expected)
      assert.deepEqual([await kit.client().dumpBuffer(key), await held()], before)
      assert.equal(log.ours(40).filter(({ msg }) => msg.startsWith('a later version keeps')).length, 1)
      assert.ok(!log.raw.join('').includes(CONFIDENTIAL))
      for (const value of Object.values(browser.cookies)) assert.ok(!log.raw.join('').includes(value.slice(0, 20)))
      await app.close()
    })
  }

  it('the same by a former cookie, whose session was renewed to one that a later version keeps', async () => {
    const site = await signedIn(app => {
      app.post('/renew', async request => {
        await request.session.regenerate(['user'])
      })
    })
    const { app, browser } = site
    const former = browser.copy()
    await browser.post('/renew')
    const { successors } = await site.store.find(site.handle) as { readonly successors: readonly string[] }
    await takeOver({ ...site, key: site.key.replace(site.handle, successors[0] ?? '') })
    kit.advance(61) // its new cookie must have arrived
    for (const [door, expected] of DOORS) {
      if (/by-id|decrypted/.test(door.url)) continue // these name one session, not what it goes on as
      assertAnswer(await app.inject({ ...door, cookies: { ...former.cookies } }), expected)
    }
    await app.close()
  })

  it('status() and tags() know no user, and an anonymous page has no tag for other tabs', async () => {
    const { app, browser } = await open()
    const { user, view } = (await browser.get('/')).json()
    assert.deepEqual([user, view.state, view.reason], [null, 'ended', 'none'])
    assert.ok(!/data-(tag|user)/.test((await browser.get('/tags')).body))
    assert.equal((await browser.get('/reason')).body, 'none')
    await app.close()
  })

  it('a sign-in works, and leaves the former session to the later version', async () => {
    const { app, browser, key } = await open()
    const before = await kit.client().dumpBuffer(key)
    const former = browser.copy()
    const signIn = await browser.post('/sign-in')
    assert.equal(signIn.statusCode, 200)
    assert.notDeepEqual(browser.cookies, former.cookies)
    assert.equal((await browser.get('/guarded')).body, 'private')
    assert.equal((await browser.get('/sessions')).json().length, 1)
    assert.deepEqual(await kit.client().dumpBuffer(key), before)
    assert.equal((await browser.post('/sign-out')).statusCode, 200)
    assertAnswer(await former.get('/guarded'), 503)
    await app.close()
  })

  it('a live session, with the cookie of another path before it: the live one counts', async () => {
    const { app, browser } = await open()
    const other = browser.copy()
    await other.post('/sign-in')
    const cookie = [browser, other].map(({ cookies }) =>
      `sessionId=${encodeURIComponent(cookies['sessionId'] ?? '')}`
    ).join('; ')
    assert.equal((await app.inject({ url: '/guarded', headers: { cookie } })).body, 'private')
    await app.close()
  })

  it('an administrator gets 409, as it was not ended, and the audit trail says that it goes on', async t => {
    const { app, handle, key, log } = await open()
    const before = await kit.client().dumpBuffer(key)
    const refusal = { code: CODE, statusCode: 409 }
    await assert.rejects(app.sessionSecurity.end(handle), refusal)
    await assert.rejects(app.sessionSecurity.get(handle), refusal)
    const heard = listenToAudit(t)
    await assert.rejects(app.sessionSecurity.end(handle))
    assert.deepEqual(await app.sessionSecurity.endUser('ada'), { ended: [], tokens: 0, left: 1 })
    assert.deepEqual(shown(heard, 'what', 'count', 'left'), [['revocation', 'user', 0, 1]])
    assert.equal(await app.sessionSecurity.endAll(), 0)
    assert.deepEqual(log.ours(40).flatMap(({ left }) => left ?? []), [1, 1])
    assert.deepEqual(await kit.client().dumpBuffer(key), before)
    await app.close()
  })

  it('the admin pages answer 409 for it, and go on to show the others', async () => {
    const site = await open()
    const { app, newBrowser, handle } = site
    const admin = newBrowser()
    await admin.post('/sign-in')
    const headers = { accept: 'text/html', 'sec-fetch-site': 'same-origin' }
    assert.equal((await admin.get('/session_security/admin/', headers)).statusCode, 200)
    for (const send of [
      async () => await admin.get(`/session_security/admin/sessions/${handle}`, headers),
      async () => await admin.post(
        `/session_security/admin/sessions/${handle}/end`, '',
        { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
      )
    ]) {
      const { statusCode, body } = await send()
      assert.equal(statusCode, 409, body)
      assert.ok(body.includes(CODE))
    }
    const own = (await admin.get('/sessions')).json()[0].handle
    const live = (await admin.get(`/session_security/admin/live?handle=${handle}&handle=${own}`)).json()
    assert.deepEqual(Object.keys(live), [own])
    await app.close()
  })
})

describe('a session that a later version takes over while a request is under way', () => {
  for (const [what, act, expected] of [
    ['reads', async () => 'read', 200],
    ['edits', async ({ session }) => { session.a = 1 }, 503],
    ['saves', async ({ session }) => {
      session.a = 1
      await session.save()
    }, 503],
    ['signs out by destroy()', async ({ session }) => { await session.destroy() }, 503],
    ['signs out by what it holds', async ({ session }) => { Reflect.deleteProperty(session, 'user') }, 503],
    ['renews', async ({ session }) => { await session.regenerate(['user']) }, 503],
    ['reloads', async ({ session }) => { await session.reload() }, 503],
    ['confirms', async ({ sessionSecurity }) => await sessionSecurity.confirm(), 503],
    ['records an activity', async ({ sessionSecurity }) => await sessionSecurity.recordActivity(), 503],
    ['ends the others', async ({ sessionSecurity }) => await sessionSecurity.endOtherSessions(), 503]
  ] as ReadonlyArray<readonly [string, (request: FastifyRequest) => Promise<unknown>, number]>) {
    it(`a handler that ${what}: ${expected}, and no cookie line`, async () => {
      const way = gate()
      const site = await signedIn(app => {
        app.post('/slow', async request => {
          await pass(way)
          return await act(request) ?? 'done'
        })
      })
      const { app, browser, clock, key } = site
      clock.advance(2)
      const answer = app.inject({ method: 'POST', url: '/slow', cookies: browser.cookies })
      await way.entered.opened
      await takeOver(site)
      clock.advance(2) // what it knows is too old to decide on
      const before = await kit.client().dumpBuffer(key)
      way.leave.open()
      assertAnswer(await answer, expected)
      assert.deepEqual(await kit.client().dumpBuffer(key), before)
      await app.close()
    })
  }

  it('a sign-in of another person takes the cookie', async () => {
    const way = gate()
    const site = await signedIn(app => {
      app.post('/switch', async ({ session }) => {
        await pass(way)
        session.user = 'bob'
      })
    })
    const answer = site.browser.post('/switch')
    await way.entered.opened
    await takeOver(site)
    way.leave.open()
    assert.equal((await answer).statusCode, 200)
    assert.equal((await site.browser.get('/')).json().user, 'bob')
    assert.equal(await kit.client().get(site.key), LATER)
    await site.app.close()
  })
})
