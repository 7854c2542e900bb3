import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { isSeen, openTab, ready, snapshotOf, until, warningOf, withSite } from './site-tabs.ts'

/** What some browser, some embedding or some setting leaves out. */
const OPTIONAL = [
  'window.BroadcastChannel', 'window.MutationObserver', 'window.navigation', 'window.reportError', 'window.sessionStorage', 'window.crypto',
  'Navigator.prototype.sendBeacon', 'Navigator.prototype.userActivation', 'AbortSignal.timeout', 'AbortSignal.any',
  'Performance.prototype.getEntriesByType', 'Document.prototype.hidden', 'Document.prototype.visibilityState'
]

describe('in a browser that has no', { concurrency: 4 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  for (const [missing, value] of [['undefined', 'undefined'], ['null', 'null']] as const) {
    for (const name of OPTIONAL) {
      it(`${name}, which is ${missing}, the page is warned, kept and left`, () => withSite(browser, async (_page, _site, context) => {
        const [owner = '', property = ''] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)]
        await context.addInitScript(`Object.defineProperty(${owner}, '${property}', { value: ${value}, writable: true, configurable: true })`)
        const page = await openTab(context)
        await ready(page, 4)
        await warningOf(page).waitFor()
        await page.keyboard.press('Shift')
        await until(async () => (await snapshotOf(page)).state === 'active')
        assert.equal(await isSeen(page), true)
        await page.waitForURL(/\/login/)
      }, { client: { forms: 'off', loginUrl: '/login' }, security: { warnAfter: 2, expireAfter: 4 } }))
    }
  }
})
