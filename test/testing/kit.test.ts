import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryStore as PlainStore } from '@fastify/session'
import Fastify from 'fastify'
import { sessionSecurity } from '../../src/session-security.ts'
import type { EndedSession } from '../../src/store/store.ts'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { Pending } from '../../src/testing/pending.ts'
import { sessionKit } from '../../src/testing.ts'
import { SECRET } from '../helpers/app.ts'
import { latch } from '../helpers/latch.ts'
import { buildApp, kitFor } from './application.ts'

const isKitError = (message: RegExp) => ({ code: 'FST_SESSION_SECURITY_TEST_KIT', message })

describe('the test kit', () => {
  it('warns, hides and leaves an idle page, and records the times and the next address', async test => {
    const kit = await kitFor(test)
    const ada = await kit.signIn('ada')
    const tab = await ada.open('/account')
    assert.deepEqual([tab.status, tab.state, tab.url], [200, 'active', '/account'])
    await kit.idle(539)
    assert.deepEqual([tab.state, tab.seen], ['active', []])
    await kit.idle(1)
    assert.deepEqual([tab.state, tab.expiresIn], ['warning', 60])
    await kit.idle(61)
    assert.deepEqual(tab.seen, [
      { after: 540, what: 'warning' }, { after: 600, what: 'hidden' },
      { after: 600, what: 'left', from: '/account', to: '/login?next=%2Faccount&reason=idle', reason: 'idle' }
    ])
    assert.deepEqual([tab.url, tab.status, tab.isHidden], ['/login?next=%2Faccount&reason=idle', 200, false])
  })

  it('shows in a second tab what somebody does in the first', async test => {
    const kit = await kitFor(test)
    const ada = await kit.signIn('ada')
    const [busy, other] = [await ada.open('/form'), await ada.open('/account')]
    await kit.idle(550)
    assert.deepEqual([busy.state, other.state], ['warning', 'warning'])
    await busy.activity()
    assert.deepEqual([busy.state, other.state, other.expiresIn], ['active', 'active', 600])
    await busy.work(3600)
    assert.deepEqual(other.seen, [{ after: 540, what: 'warning' }, { after: 550, what: 'extended' }])
  })

  it('asks once a laptop is opened again, and leaves the page whose session ended meanwhile', async test => {
    const kit = await kitFor(test)
    const laptop = await kit.signIn('ada')
    const desktop = await kit.signIn('bob')
    const [asleep, awake] = [await laptop.open('/account'), await desktop.open('/account')]
    await laptop.sleepLid(599)
    assert.deepEqual([asleep.state, awake.state], ['warning', 'warning'])
    await awake.activity()
    await laptop.sleepLid(60)
    assert.deepEqual([asleep.left?.reason, asleep.left?.after, awake.state], ['idle', 659, 'active'])
  })

  it('shows nothing on a machine that sleeps, until it is opened', async test => {
    const kit = await kitFor(test)
    const laptop = await kit.signIn('ada')
    const tab = await laptop.open('/account')
    const other = await kit.signIn('ada')
    const sleeping = laptop.sleepLid(700)
    await assert.rejects(tab.activity(), /the lid of this machine is closed/)
    await assert.rejects(kit.idle(1), { code: 'FST_SESSION_SECURITY_TEST_KIT', message: /await each call/ })
    await sleeping
    assert.deepEqual(tab.seen.map(({ after, what }) => `${after} ${what}`), ['700 warning', '700 hidden', '700 left'])
    assert.deepEqual(other.tabs, [])
  })

  it('leaves the pages of a revoked user when they come to the front, and notifies the application', async test => {
    const ended: string[] = []
    const kit = await kitFor(test, { onSessionEnd: ({ user, reason }) => { ended.push(`${user} ${reason}`) } })
    const ada = await kit.signIn('ada')
    const tab = await ada.open('/account')
    await tab.toBack()
    assert.equal((await kit.revoke('ada')).length, 1)
    assert.deepEqual([ended, tab.state], [['ada revoked'], 'active'])
    await tab.toFront()
    assert.deepEqual([tab.left?.to, tab.left?.reason], ['/login?next=%2Faccount&reason=revoked', 'revoked'])
    assert.deepEqual(await kit.revoke('ada'), [])
  })

  it('signs out by the button of the warning, in all tabs', async test => {
    const kit = await kitFor(test)
    const ada = await kit.signIn('ada')
    const [one, two] = [await ada.open('/account'), await ada.open('/form')]
    await kit.idle(550)
    await one.extend()
    assert.deepEqual([one.state, two.state], ['active', 'active'])
    await one.signOut()
    assert.deepEqual([one, two].map(({ left }) => left?.reason), ['logout', 'logout'])
    assert.deepEqual(ada.cookies(), {})
  })

  it('hears another user who signs in', async test => {
    const kit = await kitFor(test)
    const browser = await kit.signIn('ada')
    const tab = await browser.open('/account')
    await browser.post('/sign-in', { user: 'bob' })
    const page = await browser.open('/account')
    assert.deepEqual([tab.left?.reason, tab.url, page.state], ['otherUser', '/account', 'active'])
  })

  it('runs the sweep on its schedule, and when a test asks', async test => {
    const ended: string[] = []
    const onSessionEnd = ({ user }: EndedSession): void => { ended.push(String(user)) }
    const kit = await kitFor(test, { onSessionEnd, sweep: { every: 45 } })
    await kit.signIn('ada')
    await kit.idle(629)
    assert.deepEqual(ended, [])
    await kit.idle(1)
    assert.deepEqual(ended, ['ada'])
    await kit.signIn('bob')
    await kit.idle(601)
    assert.deepEqual([(await kit.sweep()).ended, ended], [1, ['ada', 'bob']])
    const without = await kitFor(test, { onSessionEnd, sweep: false })
    await without.signIn('eve')
    await without.idle(100_000)
    assert.equal(ended.length, 2)
    assert.equal((await without.sweep()).ended, 1)
  })

  it('ends a session in use at the absolute deadline', async test => {
    const kit = await kitFor(test, { absoluteTimeout: 3600 })
    const tab = await (await kit.signIn('ada')).open('/form')
    await tab.work(3599)
    assert.equal(tab.state, 'warning')
    await tab.work(2)
    assert.equal(tab.left?.reason, 'absolute')
  })

  it('keeps cookies as long as they last, by its own clock', async test => {
    const kit = await kitFor(test, { session: { secret: SECRET, cookie: { secure: false, maxAge: 3_600_000 } } })
    const ada = await kit.signIn('ada')
    await ada.quit()
    assert.deepEqual(Object.keys(ada.cookies()), ['sessionId'])
    await kit.idle(3599)
    assert.deepEqual(Object.keys(ada.cookies()), ['sessionId'])
    await kit.idle(2)
    assert.deepEqual(ada.cookies(), {})
    const other = await (await kitFor(test)).signIn('ada')
    await other.quit()
    assert.deepEqual(other.cookies(), {})
  })

  it('follows redirects, reloads, and keeps the rest of an address', async test => {
    const kit = await kitFor(test)
    const stranger = kit.browser()
    const tab = await stranger.open('/account?tab=1#top')
    assert.deepEqual([tab.url, tab.state], ['/login?next=%2Faccount%3Ftab%3D1#top', 'ended'])
    await stranger.post('/sign-in', { user: 'ada' })
    await tab.goto('/account?tab=1#top')
    assert.deepEqual([tab.url, tab.state, tab.seen], ['/account?tab=1#top', 'active', []])
    await tab.reload()
    assert.deepEqual([tab.state, tab.seen], ['active', []])
    await kit.idle(601)
    assert.equal(tab.left?.to, '/login?next=%2Faccount%3Ftab%3D1%23top&reason=idle')
    await tab.close()
    assert.deepEqual(stranger.tabs, [])
    await assert.rejects(tab.reload(), /this tab is closed/)
  })

  it('starts the client as a test says, for a page that another server makes', async test => {
    const kit = await kitFor(test)
    const ada = await kit.signIn('ada')
    const ends: string[] = []
    const page = await ada.open('/app', { onEnd: reason => { ends.push(reason) } })
    const site = await ada.open('/app#/invoices', { redirectToLogout: 'https://sso.example/end' })
    await kit.idle(601)
    assert.deepEqual([page.state, page.isHidden, page.left, ends], ['ended', true, null, ['idle']])
    assert.deepEqual([site.url, site.status, site.state], ['https://sso.example/end', 0, null])
  })

  it('finds this package in a context of the application', async test => {
    const kit = await sessionKit(({ store }) => {
      const app = Fastify()
      app.register(async child => await child.register(async inner => {
        await inner.register(sessionSecurity, { session: { secret: SECRET }, store, userOf: ({ user }) => user })
      }))
      return app
    })
    test.after(async () => { await kit.close() })
    await kit.idle(10)
    assert.deepEqual(await kit.sweep(), { ended: 0, failed: 0, more: false, lag: 0 })
  })
})

describe('the test kit meets what applications do', () => {
  it('goes offline while the ping is not answered, and is left when it is', async test => {
    let isAway = false
    const kit = await kitFor(test, {}, app => {
      app.addHook(
        'onRequest', async ({ url }) => { if (isAway && url.startsWith('/session_security')) throw new Error('away') }
      )
    })
    const tab = await (await kit.signIn('ada')).open('/account')
    await kit.idle(500)
    isAway = true
    await kit.idle(110)
    assert.deepEqual([tab.state, tab.isHidden, tab.left], ['offline', true, null])
    isAway = false
    await kit.idle(60)
    assert.deepEqual(tab.seen.map(({ what }) => what), ['offline', 'hidden', 'left'])
  })

  it('sends a secure cookie behind a proxy, and what else a browser brings', async test => {
    const devices: string[] = []
    const kit = await kitFor(test, {
      session: { secret: SECRET, cookie: { secure: true } },
      deviceOf: ({ headers }) => { devices.push(String(headers['user-agent'])); return { address: '', userAgent: '' } }
    })
    await assert.rejects(kit.signIn('ada'), isKitError(/was answered 500/))
    const ada = await kit.signIn('ada', { headers: { 'x-forwarded-proto': 'https', 'user-agent': 'Firefox' } })
    assert.equal((await ada.open('/account')).status, 200)
    assert.equal(devices.at(-1), 'Firefox')
  })

  it('works on where a page without the client comes at the end', async test => {
    const kit = await kitFor(test, { redirectToLogout: '/plain', absoluteTimeout: 700 })
    const tab = await (await kit.signIn('ada')).open('/account')
    await tab.work(720)
    assert.deepEqual([tab.url, tab.status, tab.state, tab.left?.reason], ['/plain', 200, null, 'absolute'])
  })

  it('gives cookies back where they belong, and forgets those that are taken away', async test => {
    const kit = await kitFor(test, {}, app => {
      app.get('/a/set', async (_request, reply) => {
        await reply.header(
          'set-cookie',
          [
            'one=1', 'two=2; Path=/a/b', 'three=3; Path=/; Max-Age=5',
            'four=4; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT'
          ]
        ).send('')
      })
      app.get(
        '/a/take', async (_request, reply) => { await reply.header('set-cookie', 'one=; Path=/a; Max-Age=0').send('') }
      )
    })
    const browser = kit.browser()
    await browser.get('/a/set')
    const sent = (path: string): string => Object.keys(browser.cookies(path)).join()
    assert.deepEqual(
      ['/', '/a', '/ab', '/a/b', '/a/b/c', '/a/bc'].map(sent),
      ['three', 'three,one', 'three', 'three,one,two', 'three,one,two', 'three,one']
    )
    await kit.idle(5)
    await browser.get('/a/take')
    assert.deepEqual(['/', '/a/b'].map(sent), ['', 'two'])
  })

  it('reads what the page says of the client, and reports the last activity as a tab is closed', async test => {
    const kit = await kitFor(test, {}, app => {
      app.get('/card', async (request, reply) => {
        await reply.type('text/html').send(app.sessionClient.tags(request, { loginUrl: '/login?by=card&lang=en' }))
      })
    })
    const ada = await kit.signIn('ada')
    const [tab, closed] = [await ada.open('/card'), await ada.open('/form')]
    await kit.idle(50)
    await closed.activity()
    await kit.idle(20)
    const idleFor = async (): Promise<number> => Math.round((await ada.get('/session_security/ping')).json().idleFor)
    assert.equal(await idleFor(), 70)
    await closed.close()
    assert.equal(await idleFor(), 20)
    await kit.idle(581)
    assert.equal(tab.left?.to, '/login?by=card&lang=en&next=%2Fcard&reason=idle')
  })

  it('is not led in a circle by a page that leads to itself at the end', async test => {
    const kit = await kitFor(test)
    const ada = await kit.signIn('ada')
    const tab = await ada.open('/app', { user: 'somebody else, as from a cache' })
    assert.deepEqual(tab.seen.map(({ what }) => what), ['hidden', 'left', 'hidden'])
    await kit.idle(5)
    assert.equal(tab.seen.length, 3)
  })

  it('shows of two pages that which was asked for last', async test => {
    const slow = latch()
    const kit = await kitFor(test, {}, app => {
      app.get('/slow', async () => { await slow.opened })
    })
    const tab = await kit.browser().open('/plain')
    const both = Promise.all([tab.goto('/slow'), tab.goto('/login')])
    await kit.app.inject('/plain')
    slow.open()
    await both
    assert.deepEqual([tab.url, tab.state], ['/login', 'ended'])
  })

  it('says which request is not answered', async () => {
    const pending = new Pending(20)
    pending.track('GET /slow', new Promise(() => {})).catch(() => {})
    await assert.rejects(pending.settle(), isKitError(/GET \/slow was not answered within 0\.02 s/))
  })

  it('does not wait for a result whose request is not answered, but for one that is', async () => {
    const pending = new Pending(20)
    const asked = pending.track('GET /slow', new Promise(() => {}))
    await assert.rejects(pending.complete(asked), isKitError(/GET \/slow was not answered/))
    const other = new Pending()
    assert.equal(await other.complete(other.track('GET /soon', Promise.resolve(1))), 1)
    await assert.rejects(other.complete(Promise.reject(new Error('mine'))), /mine/)
  })

  it('closes the application also where a request is not answered', async () => {
    const slow = latch()
    let isClosed = false
    const kit = await sessionKit(async given => {
      const app = await buildApp(given)
      app.get('/slow', async () => { await slow.opened })
      app.addHook('onClose', async () => { isClosed = true })
      return app
    })
    const browser = kit.browser()
    await browser.open('/account')
    const asked = browser.get('/slow').catch((error: unknown) => error)
    await assert.rejects(kit.close(), isKitError(/GET \/slow was not answered/))
    assert.ok(isClosed)
    slow.open()
    await asked
  })

  it('says so when redirects lead nowhere', async test => {
    const kit = await kitFor(
      test, {}, app => { app.get('/round', async (_request, reply) => reply.redirect('/round')) }
    )
    await assert.rejects(kit.browser().open('/round'), isKitError(/more than 20 redirects/))
  })
})

describe('the test kit on a store of another package', () => {
  it('moves the time, and says that it cannot list', async test => {
    const kit = await sessionKit(async ({ clock }) => await buildApp({
      store: fromSessionStore(new PlainStore(), { clock })
    }), {
      signIn: (browser, user) => browser.post('/sign-in', { user })
    })
    test.after(async () => { await kit.close() })
    const tab = await (await kit.signIn('ada')).open('/account')
    await kit.idle(540)
    assert.equal(tab.state, 'warning')
    await tab.activity()
    await kit.idle(601)
    assert.deepEqual([tab.left?.reason, tab.left?.after], ['idle', 1140])
    for (const act of [async () => await kit.sweep(), async () => await kit.revoke('ada')]) {
      await assert.rejects(act(), { code: 'FST_SESSION_SECURITY_NO_LISTING_STORE' })
    }
  })
})

describe('the test kit refuses', () => {
  it('an application without this package, and one whose MemoryStore goes by another clock', async () => {
    let isClosed = false
    await assert.rejects(
      sessionKit(() => Fastify().addHook('onClose', async () => { isClosed = true })), isKitError(/not registered/)
    )
    assert.ok(isClosed)
    await assert.rejects(
      sessionKit(async () => await buildApp({ store: new MemoryStore() })), isKitError(/another clock/)
    )
  })

  it('a sign-in after which nobody is signed in', async test => {
    const kit = await kitFor(test)
    await assert.rejects(kit.signIn('nobody'), isKitError(/was answered 401: Wrong/))
    const silent = await sessionKit(buildApp, { signIn: () => undefined })
    test.after(async () => { await silent.close() })
    await assert.rejects(silent.signIn('ada'), isKitError(/signIn\(\), which gave no answer back/))
    const other = await sessionKit(buildApp)
    test.after(async () => { await other.close() })
    await assert.rejects(other.signIn('ada'), isKitError(/needs the option "signIn"/))
  })

  it('what is no application', async () => {
    for (const made of [undefined, {}, async () => await buildApp({ store: new MemoryStore() })]) {
      await assert.rejects(sessionKit(() => made as never), isKitError(/build\(\) returned no application/))
    }
  })

  it('to press a button that is not there', async test => {
    const kit = await kitFor(test)
    const tab = await (await kit.signIn('ada')).open('/account')
    await assert.rejects(tab.extend(), isKitError(/no warning stands on the page \/account/))
    const other = await kit.browser().open('/account', { loginUrl: '/login' })
    await assert.rejects(other.signOut(), isKitError(/the page \/account has no button "Sign out"/))
  })

  it('to do something on a page without the client', async test => {
    const kit = await kitFor(test)
    const tab = await kit.browser().open('/plain')
    assert.equal(tab.state, null)
    await assert.rejects(tab.activity(), isKitError(/the page \/plain has no browser client: it answered 200/))
  })

  it('to move the time of a store that has its own, while all else works', async test => {
    class OwnTime extends MemoryStore {
      override readonly hasOwnTime = true
    }
    const kit = await sessionKit(async ({ clock }) => await buildApp({ store: new OwnTime({ clock }) }))
    test.after(async () => { await kit.close() })
    await assert.rejects(kit.idle(1), isKitError(/cannot be moved/))
  })

  for (const [what, act, expected] of [
    ['what is no function', async () => await sessionKit(JSON.parse('{}')), /"build".*received \{\}/],
    [
      'an option that there is not', async () => await sessionKit(buildApp, JSON.parse('{ "sing": 1 }')),
      /There is no option "sing"/
    ],
    [
      'a signIn that is no function', async () => await sessionKit(buildApp, JSON.parse('{ "signIn": 1 }')),
      /"signIn".*received 1/
    ]
  ] as ReadonlyArray<readonly [string, () => Promise<unknown>, RegExp]>) {
    it(what, async () => await assert.rejects(act(), { message: expected }))
  }

  it('seconds, addresses and headers that are none', async test => {
    const kit = await kitFor(test)
    const browser = kit.browser()
    for (const seconds of [-1, NaN, Infinity, '5']) {
      await assert.rejects(
        kit.idle(seconds as number), { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /"seconds"/ }
      )
      await assert.rejects(browser.sleepLid(seconds as number), /"seconds"/)
    }
    for (const url of ['account', '//evil.example', 'https://site.example/', undefined]) {
      await assert.rejects(browser.open(url as string), /"url"/)
      await assert.rejects(browser.get(url as string), /"url"/)
      await assert.rejects(browser.post(url as string), /"url"/)
    }
    await assert.rejects(browser.request(JSON.parse('{ "method": "GET" }')), /"options".*with a url/)
    await assert.rejects(browser.open('/account', JSON.parse('{ "loginURL": "/" }')), /There is no option "loginURL"/)
    assert.throws(() => kit.browser(JSON.parse('{ "headers": { "a": 1 } }')), /"headers"/)
    await assert.rejects(kit.follow(JSON.parse('{}')), /"page"/)
  })
})
