import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyError, FastifyInstance } from 'fastify'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import { StoreUnavailableError } from '../../src/errors.ts'
import { MemoryStore } from '../../src/index.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import type { Verb } from '../helpers/steered-store.ts'
import { SteeredStore } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const PING = '/session_security/ping'

interface Page {
  readonly tag?: string
  readonly user?: string
  readonly view?: Record<string, unknown>
  readonly draftKey?: string
}

/** Reads the state of the session that a page gives to its script. */
function readPage (html: string): Page {
  const attributes = [...html.matchAll(/ data-(tag|user|view|draft-key)="([^"]*)"/g)].map(([
    , name = '', text = ''
  ]): [string, unknown] => {
    const value = text.replaceAll('&#34;', '"')
    return name === 'view' ? [name, JSON.parse(value)] : [name === 'draft-key' ? 'draftKey' : name, value]
  })
  return Object.fromEntries(attributes)
}

function pages (app: FastifyInstance): void {
  app.register(sessionClient)
  app.get('/page', async request => app.sessionClient.tags(request))
  app.post('/edit', async request => { request.session.a = 1 })
}

for (const kit of [memoryKit, redisKit()]) {
  const open = (options: TestAppOptions = {}): Promise<TestApp> => buildApp({ kit, routes: pages, ...options })

  describe(`what a page is told of its session, on ${kit.name}`, () => {
    it('is what a ping answers at that moment', async () => {
      const { app, clock, browser } = await open()
      await browser.post('/sign-in')
      clock.advance(3)
      const page = readPage((await browser.get('/page')).body)
      const ping = (await browser.get(PING)).json()
      assert.deepEqual(page.view, ping)
      assert.deepEqual([page.tag, page.user], [ping.tag, ping.user])
      assert.deepEqual([ping.idleFor, ping.warnsIn, ping.expiresIn], [0, 5, 10], 'a page is an activity')
      assert.equal(Buffer.from(String(page.draftKey), 'base64url').length, 32)
      await app.close()
    })

    it('is the view of a passive page too, which puts nothing off', async () => {
      const { app, clock, browser } = await open({
        routes: app => {
          pages(app)
          app.get(
            '/poll', { config: { sessionSecurity: { passive: true } } },
            async request => app.sessionClient.tags(request)
          )
        }
      })
      await browser.post('/sign-in')
      clock.advance(6)
      const { view } = readPage((await browser.get('/poll')).body)
      assert.deepEqual([view?.['state'], view?.['idleFor'], view?.['expiresIn']], ['warning', 6, 4])
      await app.close()
    })

    it('is the new person in the very answer to a sign-in, whose session has no name yet', async () => {
      const { app, browser } = await open({
        routes: app => {
          pages(app)
          app.post(
            '/welcome', async request => { request.session.user = 'ada'; return app.sessionClient.tags(request) }
          )
          app.post(
            '/saved',
            async request => {
              request.session.user = 'bob'
              await request.session.save()
              return app.sessionClient.tags(request)
            }
          )
        }
      })
      const page = readPage((await browser.post('/welcome')).body)
      const ping = (await browser.get(PING)).json()
      assert.deepEqual(
        [page.tag, page.user, page.view?.['state'], page.view?.['expiresIn']], [undefined, ping.user, 'active', 10]
      )
      const saved = readPage((await browser.post('/saved')).body)
      const after = (await browser.get(PING)).json()
      assert.deepEqual([saved.tag, saved.user], [after.tag, after.user])
      await app.close()
    })

    it('is the same session in the answer that renews it', async () => {
      const { app, clock, browser } = await open({
        routes: app => {
          pages(app)
          app.post(
            '/renew',
            async request => { await request.session.regenerate(['user']); return app.sessionClient.tags(request) }
          )
          app.post(
            '/again',
            async request => { request.sessionSecurity.reauthenticated(); return app.sessionClient.tags(request) }
          )
        }
      })
      await browser.post('/sign-in')
      const { tag, user } = (await browser.get(PING)).json()
      for (const url of ['/renew', '/again', '/renew']) {
        clock.advance(1)
        const page = readPage((await browser.post(url)).body)
        assert.deepEqual([page.tag, page.user, page.view?.['tag']], [tag, user, tag], url)
        assert.equal((await browser.get(PING)).json().tag, tag)
      }
      await app.close()
    })

    it('is nobody where nobody is signed in: no cookie, a cart, a session that is over, a sign-out', async () => {
      const { app, clock, browser, newBrowser } = await open({
        routes: app => {
          pages(app)
          app.post('/bye', async request => { await request.session.destroy(); return app.sessionClient.tags(request) })
        }
      })
      const cart = newBrowser()
      await cart.post('/edit')
      for (const anonymous of [newBrowser(), cart]) {
        assert.deepEqual(readPage((await anonymous.get('/page')).body), { user: '' })
      }
      await browser.post('/sign-in')
      assert.deepEqual(readPage((await browser.post('/bye')).body), { user: '' })
      await browser.post('/sign-in')
      clock.advance(10)
      assert.deepEqual(readPage((await browser.get('/page')).body), { user: '' })
      await app.close()
    })

    it('is nothing without a request, with a renewed cookie, or from another site without a cookie', async () => {
      const { app, browser, newBrowser } = await open({
        routes: app => {
          pages(app)
          app.post('/page', async request => app.sessionClient.tags(request))
          app.post('/renew', async request => { await request.session.regenerate(['user']) })
        }
      })
      assert.deepEqual(readPage(app.sessionClient.tags()), {})
      await browser.post('/sign-in')
      const late = browser.copy()
      await browser.post('/renew')
      assert.deepEqual(readPage((await late.get('/page')).body), {})
      assert.deepEqual(readPage((await newBrowser().post('/page', '', { 'sec-fetch-site': 'cross-site' })).body), {})
      assert.deepEqual(readPage((await newBrowser().get('/page', { 'sec-fetch-site': 'cross-site' })).body), {})
      await app.close()
    })

    it('names the user, and has no view, if the session ended while the page was being made (G4)', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({
        security: { warnAfter: 500, expireAfter: 1000 },
        routes: app => {
          pages(app)
          app.get('/slow', async request => { await pass(slow); return app.sessionClient.tags(request) })
        }
      })
      await browser.post('/sign-in')
      const { tag, user } = (await browser.get(PING)).json()
      const waiting = browser.copy().get('/slow')
      await slow.entered.opened
      await app.sessionSecurity.endUser('ada')
      clock.advance(1.2)
      slow.leave.open()
      const { draftKey, ...page } = readPage((await waiting).body)
      assert.deepEqual(page, { tag, user })
      await app.close()
    })

    it('is a view that a slow handler has renewed, if that asks before', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({
        security: { warnAfter: 500, expireAfter: 1000 },
        routes: app => {
          pages(app)
          app.get(
            '/slow',
            async request => {
              await pass(slow)
              await request.sessionSecurity.confirm()
              return app.sessionClient.tags(request)
            }
          )
        }
      })
      await browser.post('/sign-in')
      const waiting = browser.copy().get('/slow')
      await slow.entered.opened
      clock.advance(5)
      slow.leave.open()
      assert.equal(readPage((await waiting).body).view?.['idleFor'], 5)
      await app.close()
    })
  })
}

describe('what an application that starts the client itself tells it', () => {
  it('is what the tags say', async () => {
    const { app, browser, newBrowser } = await buildApp({
      routes: app => { pages(app); app.get('/state', async request => app.sessionClient.pageState(request)) }
    })
    await browser.post('/sign-in')
    const state = (await browser.get('/state')).json()
    assert.deepEqual(state, readPage((await browser.get('/page')).body))
    assert.deepEqual(Object.keys(state).sort(), ['draftKey', 'tag', 'user', 'view'])
    assert.deepEqual((await newBrowser().get('/state')).json(), { user: null })
    await app.close()
  })

  it('is nothing on the page of an error by which nobody can tell who is signed in', async () => {
    for (const userOf of [
      (session: { user?: string }) => session.user, (session: { user?: string }) => session.user?.slice(0)
    ]) {
      const { app, browser } = await buildApp({
        security: { userOf },
        routes: app => {
          pages(app)
          app.setErrorHandler(async (_error, request, reply) =>
            await reply.code(500).send(app.sessionClient.tags(request))
          )
          app.get('/fault', async request => {
            Object.assign(request.session, { user: { id: 1 } })
            return 'done'
          })
        }
      })
      await browser.post('/sign-in')
      const page = await browser.get('/fault')
      assert.deepEqual([page.statusCode, readPage(page.body)], [500, {}])
      assert.match(page.body, /client\.js/)
      await app.close()
    }
  })
})

describe('what the page of an outage is told', () => {
  interface Outage {
    readonly jar: BrowserJar
    readonly cart: BrowserJar
    readonly newJar: () => BrowserJar
    readonly fail: (...verbs: Verb[]) => void
  }

  const onSite = async (test: (site: Outage) => Promise<void>): Promise<void> => {
    const store = new SteeredStore(new MemoryStore())
    const { app, newBrowser } = await buildApp({
      security: { store },
      routes: app => {
        pages(app)
        app.setErrorHandler(async ({ statusCode }: FastifyError, request, reply) =>
          await reply.code(statusCode ?? 500).send(app.sessionClient.tags(request)))
        app.post('/sign-in-and-save', async ({ session }) => {
          session.user = 'ada'
          await session.save()
        })
        app.post('/forget', async ({ session }) => { delete session.user })
        app.post('/as-bob', async ({ session }) => { session.user = 'bob' })
      }
    })
    const fail = (...failing: Verb[]): void => {
      store.before = async verb => { if (failing.includes(verb)) throw new StoreUnavailableError('away') }
    }
    const [jar, cart] = [newBrowser(), newBrowser()]
    await jar.post('/sign-in')
    await cart.post('/edit')
    await test({ jar, cart, fail, newJar: newBrowser })
    await app.close()
  }

  it('is nothing where the store could not say whose session it is, not that it is nobody\'s', () => onSite(async ({
    jar, fail
  }) => {
    fail('load')
    const { statusCode, body } = await jar.get('/page')
    assert.deepEqual([statusCode, readPage(body)], [503, {}])
    assert.match(body, /client\.js/)
  }))

  it('is its user where an edit was not kept', () => onSite(async ({ jar, fail }) => {
    const { tag, user } = (await jar.get(PING)).json()
    fail('update')
    const { statusCode, body } = await jar.post('/edit')
    const page = readPage(body)
    assert.deepEqual([statusCode, page.tag, page.user], [503, tag, user])
  }))

  for (const way of ['/sign-in', '/sign-in-and-save']) {
    it(`is nobody where ${way} was not kept, with a cart and without`, () => onSite(async ({ cart, fail, newJar }) => {
      fail('begin')
      for (const browser of [newJar(), cart]) {
        const { statusCode, body } = await browser.post(way)
        assert.deepEqual([statusCode, readPage(body)], [503, { user: '' }])
      }
    }))
  }

  it('is nothing where a sign-out, or a change of user, was not kept: the session goes on', () => onSite(async ({
    jar, fail
  }) => {
    fail('begin', 'end')
    for (const url of ['/forget', '/as-bob']) {
      const { statusCode, body } = await jar.post(url)
      assert.deepEqual([statusCode, readPage(body)], [503, {}], url)
    }
  }))
})

describe('the key by which drafts are encrypted', () => {
  it('is in the pages of its user only, the same in each, and not where no drafts are kept', async () => {
    const { app, browser, newBrowser } = await buildApp({
      routes: app => {
        pages(app)
        app.get('/without', async request => app.sessionClient.tags(request, { drafts: false }))
        app.get('/formless', async request => app.sessionClient.tags(request, { forms: 'off' }))
        app.post('/as/:user', async request => { request.session.user = String(Object(request.params).user) })
      }
    })
    const keyOf = async (jar: typeof browser, url = '/page'): Promise<string | undefined> =>
      readPage((await jar.get(url)).body).draftKey
    await browser.post('/as/ada')
    const key = await keyOf(browser)
    assert.match(String(key), /^[\w-]{43}$/)
    const other = newBrowser()
    await other.post('/as/ada')
    assert.equal(await keyOf(other), key)
    await other.post('/as/bob')
    assert.notEqual(await keyOf(other), key)
    assert.equal(await keyOf(newBrowser()), undefined)
    for (const url of ['/without', '/formless']) assert.equal(await keyOf(browser, url), undefined)
    await app.close()
  })
})
