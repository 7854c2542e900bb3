import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import type { SessionSiteOptions } from './session-site.ts'
import type { SessionSite } from './session-site.ts'
import type { SiteTest } from './site-tabs.ts'
import {
  ask, FAILED_REQUEST, isSeen, openTab, pause, ready, snapshotOf, stays, until, warningOf, withSite
} from './site-tabs.ts'

const EXPIRE_MS = 6000

describe('the monitor in a browser', { concurrency: 6 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  async function onSite (test: SiteTest, options: SessionSiteOptions = {}, expected?: RegExp): Promise<void> {
    await withSite(browser, test, options, expected)
  }

  it('warns, hides the page, and leaves it for the sign-in page, which says why', () => onSite(async (page, site) => {
    await warningOf(page).waitFor()
    assert.equal(await isSeen(page), true)
    await until(async () => !await isSeen(page) || page.url().includes('/login'))
    await page.waitForURL('/login?next=%2F&reason=idle')
    assert.equal(await isSeen(page), true)
    assert.ok(site.pings.length <= 10, site.pings.join()) // a slow machine may ask again
    assert.ok(site.pings.every(ping => ping === 'GET '), site.pings.join())
    await stays(page, 500)
  }))

  it('takes a person\'s input for activity, and reports it by few pings', () => onSite(async (page, site) => {
    const deeds = [
      (i: number) => page.mouse.move(20 + i, 20),
      () => page.keyboard.press('Shift'),
      (i: number) => page.mouse.wheel(0, i % 2 === 0 ? 50 : -50)
    ]
    for (const act of deeds) {
      await acting(act, EXPIRE_MS + 1000, async () => assert.equal(await warningOf(page).isVisible(), false))
    }
    assert.equal(new URL(page.url()).pathname, '/')
    assert.ok(site.pings.length <= 3 * 7, `${site.pings.length} pings`)
  }))

  it('does not count scripts, or a page that moves under the pointer, as activity', () => onSite(async page => {
    await page.mouse.move(300, 300)
    await page.locator('#mischief').dispatchEvent('click')
    await page.waitForURL(/reason=idle/)
  }))

  it('warns in all tabs, and activity in one counts in all', () => onSite(async (page, _site, context) => {
    const tabs = [page, await openTab(context), await openTab(context, '/other')]
    await Promise.all(tabs.map(async tab => await warningOf(tab).waitFor()))
    await page.keyboard.press('Shift')
    await Promise.all(tabs.map(async tab => await warningOf(tab).waitFor({ state: 'hidden' })))
    await acting(i => page.mouse.move(20 + i, 20), EXPIRE_MS, async () => {
      for (const tab of tabs) assert.equal(await warningOf(tab).isVisible(), false)
    })
    for (const tab of tabs) assert.equal((await snapshotOf(tab)).state, 'active')
  }))

  it('signs out in all tabs when one does', () => onSite(async (page, _site, context) => {
    const tabs = [page, await openTab(context), await openTab(context)]
    await warningOf(page).waitFor()
    await warningOf(page).getByRole('button', { name: 'Sign out' }).click()
    await Promise.all(tabs.map(async tab => await tab.waitForURL('/login?next=%2F'))) // and no reason=idle
  }))

  it('ends in all tabs at a deadline, or when one learns of an end', () => onSite(async (page, site, context) => {
    const tabs = [page, await openTab(context), await openTab(context)]
    await Promise.all(tabs.map(async tab => await tab.waitForURL(/reason=idle|login/)))
    await page.goto('/sign-in')
    const others = [await openTab(context), await openTab(context)]
    const handle = await handleOf(site, context)
    assert.notEqual(await site.app.sessionSecurity.end(handle), null)
    await ask(page)
    await Promise.all([page, ...others].map(async tab => await tab.waitForURL(/\/login/, { timeout: 5000 })))
  }, {
    extend: app => {
      app.get(
        '/handle', { config: { sessionSecurity: { passive: true } } }, async request => request.sessionSecurity.handle
      )
    }
  }))

  it('puts the warning off when the person is active elsewhere', () => onSite(async (page, _site, context) => {
    await warningOf(page).waitFor()
    await context.request.get('/api')
    await warningOf(page).waitFor({ state: 'hidden' })
    await until(async () => {
      await context.request.get('/api') // a busy machine may let the next warning begin
      return (await snapshotOf(page)).state === 'active'
    })
  }))

  it('warns and ends in time after the clock is set back or forward', () => onSite(async (page, _site, context) => {
    const other = await context.newPage()
    for (const [tab, hours] of [[page, -1], [other, 24]] as const) {
      await tab.addInitScript(() => {
        const now = Date.now
        Object.assign(globalThis, { clockShiftMs: 0 })
        Date.now = () => now() + Number(Reflect.get(globalThis, 'clockShiftMs'))
      })
      await tab.goto('/')
      await shiftClock(tab, hours)
      await tab.keyboard.press('Shift')
    }
    const tabs = [page, other]
    await Promise.all(tabs.map(async tab =>
      await until(async () => (await snapshotOf(tab)).state === 'active' && await isSeen(tab))
    ))
    await Promise.all(tabs.map(async tab => await warningOf(tab).waitFor()))
    await Promise.all(tabs.map(async tab => await tab.waitForURL(/\/login/)))
  }, { security: { warnAfter: 6, expireAfter: 9 } }))

  it('is not revived by the first hand that touches it after a sleep', () => onSite(async (page, site, context) => {
    const cdp = await context.newCDPSession(page)
    await freeze(cdp)
    await pause(EXPIRE_MS + 500)
    site.pings.length = 0
    await thaw(cdp)
    await page.mouse.move(100, 100)
    await page.mouse.move(120, 100)
    await page.waitForURL(/reason=idle/)
    assert.ok(site.pings.every(ping => !ping.includes('idleFor')), site.pings.join())
  }))

  it('learns after a freeze that the person was active elsewhere', () => onSite(async (page, _site, context) => {
    const cdp = await context.newCDPSession(page)
    await freeze(cdp)
    for (let seconds = 0; seconds < EXPIRE_MS / 1000 + 1; seconds++) {
      await context.request.get('/api')
      await pause(1000)
    }
    await thaw(cdp)
    await until(async () => await isSeen(page) && (await snapshotOf(page)).state === 'active')
    assert.equal(new URL(page.url()).pathname, '/')
  }))

  it('asks few times when forty tabs wake up at once', () => onSite(async (page, site, context) => {
    const tabs = [page]
    while (tabs.length < 40) tabs.push(await openTab(context))
    const sessions = await Promise.all(tabs.map(async tab => await context.newCDPSession(tab)))
    await Promise.all(sessions.map(freeze))
    await pause(8000)
    await context.request.get('/api')
    site.pings.length = 0
    await Promise.all(sessions.map(thaw))
    await pause(4000)
    for (const tab of tabs) assert.deepEqual([new URL(tab.url()).pathname, await isSeen(tab)], ['/', true])
    assert.ok(site.pings.length <= 8, `${site.pings.length} pings`)
  }, { security: { warnAfter: 7, expireAfter: 600 } }))

  for (const [what, answer] of [
    ['the server fails', (_request, reply) => reply.code(500).send({ error: 'broken' })],
    [
      'a page comes in place of an answer',
      (_request, reply) => reply.type('text/html').send('<!doctype html><h1>Sign in to our network</h1>')
    ],
    ['the ping is redirected', (_request, reply) => reply.redirect('/login')]
  ] as Array<[string, NonNullable<SessionSite['answer']>]>) {
    it(`takes it for no log-out that ${what}`, () => onSite(async (page, site) => {
      await ready(page)
      site.answer = answer
      await until(async () => (await snapshotOf(page)).state === 'offline')
      assert.equal(await isSeen(page), true)
      await until(async () => !await isSeen(page))
      await stays(page, 1000)
      assert.equal(new URL(page.url()).pathname, '/')
      site.answer = null
      await page.waitForURL(/reason=idle/)
    }, {}, FAILED_REQUEST))
  }

  it('conceals the page at the deadline without a server, and leaves it later', () => onSite(async (page, site) => {
    await ready(page)
    await site.stop()
    await until(async () => (await snapshotOf(page)).state === 'offline')
    await until(async () => !await isSeen(page))
    assert.equal(await page.getByRole('heading', { name: 'Record' }).isVisible(), false)
    await page.getByRole('alertdialog', { name: /hidden/ }).waitFor()
    await site.start()
    await page.waitForURL(/reason=idle/)
  }, {}, FAILED_REQUEST))

  it('keeps the page hidden when a script removes the attribute', () => onSite(async (page, site) => {
    await ready(page)
    site.answer = async (_request, reply) => await reply.code(503).send({})
    await until(async () => !await isSeen(page))
    const shown = await page.evaluate(async () => {
      const { documentElement: root, body } = document
      const seen: string[] = []
      new MutationObserver(() => seen.push(getComputedStyle(body).display)).observe(root, { attributes: true })
      for (const name of root.getAttributeNames()) root.removeAttribute(name)
      await new Promise(resolve => setTimeout(resolve, 100))
      return seen.filter(display => display !== 'none').length
    })
    assert.deepEqual([await isSeen(page), shown], [false, 0])
    site.answer = null
    await page.waitForURL(/login/)
  }, {}, FAILED_REQUEST))

  it('takes a restart of the server for nothing', () => onSite(async (page, site, context) => {
    await ready(page, 120)
    await site.stop()
    await until(async () => (await snapshotOf(page)).state === 'offline')
    await site.start()
    await until(async () => {
      // The page may ask seconds later: it has tried in vain, and waits longer each time. Until then the person is
      // active elsewhere.
      await context.request.get('/api')
      return (await snapshotOf(page)).state === 'active'
    })
    assert.equal(await isSeen(page), true)
  }, { security: { expireAfter: 120 } }, FAILED_REQUEST))

  it('reports the last activity when the page is left', () => onSite(async (page, site) => {
    await ready(page, 120)
    await pause(1500)
    await page.mouse.move(10, 10)
    await page.mouse.move(30, 10)
    site.pings.length = 0
    await page.goto('about:blank')
    await until(async () => site.pings.some(ping => ping.startsWith('POST') || ping.includes('idleFor')))
  }, { security: { warnAfter: 60, expireAfter: 120 } }))

  it('starts by one element, and warns no anonymous user', () => onSite(async (page, site, context) => {
    await context.clearCookies()
    const anonymous = await context.newPage()
    await anonymous.goto('/login')
    await until(async () => (await snapshotOf(anonymous)).state === 'ended')
    site.pings.length = 0
    await stays(anonymous, 1500)
    assert.deepEqual([await isSeen(anonymous), site.pings.filter(ping => ping.includes('idleFor'))], [true, []])
    await page.close()
  }))
})

async function handleOf (site: SessionSite, context: BrowserContext): Promise<string> {
  return await (await context.request.get(`${site.origin}/handle`)).text()
}

async function shiftClock (page: Page, hours: number): Promise<void> {
  await page.evaluate(ms => Object.assign(globalThis, { clockShiftMs: ms }), hours * 3_600_000)
}

async function freeze (cdp: CDPSession): Promise<void> {
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' })
}

async function thaw (cdp: CDPSession): Promise<void> {
  await cdp.send('Page.setWebLifecycleState', { state: 'active' })
}

/** Acts five times a second for a while, and looks each time. */
async function acting (act: (i: number) => Promise<unknown>, ms: number, look: () => Promise<void>): Promise<void> {
  const end = Date.now() + ms
  for (let i = 0; Date.now() < end; i++) {
    await act(i)
    await look()
    await pause(200)
  }
}
