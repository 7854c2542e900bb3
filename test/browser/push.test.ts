import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import type { SessionSite } from './session-site.ts'
import type { SiteTest } from './site-tabs.ts'
import { FAILED_REQUEST, openTab, ready, until, withSite } from './site-tabs.ts'

/** Times so long that no ping comes while a test runs. A page then learns everything by push. */
const SECURITY = { warnAfter: 1800, expireAfter: 3600, pushUrl: '/session_security/push' }

describe('a page that listens for the end of its session', { concurrency: 3 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => await browser?.close())

  const onSite = async (test: SiteTest): Promise<void> =>
    await withSite(browser, test, { security: SECURITY }, FAILED_REQUEST)

  it('is left at once after a revocation, and so are the other tabs', () => onSite(async (page, site, context) => {
    const other = await openTab(context, '/other')
    for (const tab of [page, other]) await ready(tab, 3600)
    await listens(site)
    await site.app.sessionSecurity.endUser('ada')
    await page.waitForURL('/login?next=%2F&reason=revoked')
    await other.waitForURL('/login?next=%2Fother&reason=revoked')
  }))

  it('listens again after a restart of the server, without being activity', () => onSite(async (page, site) => {
    await ready(page, 3600)
    await listens(site)
    await site.stop()
    await site.start()
    await listens(site)
    const [{ idleFor = NaN } = {}] = (await site.app.sessionSecurity.list({ user: 'ada' })).sessions
    assert.ok(idleFor > 1, `idle for ${idleFor} s`)
    await site.app.sessionSecurity.endUser('ada')
    await page.waitForURL(/\/login/)
  }))

  it('keeps no connection while nobody sees it, and none when it has gone', () => onSite(async (page, site) => {
    await ready(page, 3600)
    await listens(site)
    await setHidden(page, true)
    await until(async () => listening(site) === 0)
    await setHidden(page, false)
    await listens(site)
    await page.goto('/api')
    await until(async () => listening(site) === 0)
    await page.goBack()
    await listens(site)
  }))
})

function listening (site: SessionSite): number {
  return site.app.sessionSecurity.shared.connections().size
}

async function listens (site: SessionSite): Promise<void> {
  await until(async () => listening(site) === 1)
}

/** Hides or shows the page, as when tabs change. A browser without a window never does that. */
async function setHidden (page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`Object.defineProperty(Document.prototype, 'hidden', { configurable: true, value: ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))`)
}
