import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { MonitorSnapshot } from '../../src/client/monitor/monitor-api.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'
import type { SessionSiteOptions } from './session-site.ts'
import { SessionSite } from './session-site.ts'

/** Milliseconds: longer than anything takes here. */
const PATIENCE_MS = 40_000

/** Matches Chromium's own message about failed requests. Some tests make requests fail. */
export const FAILED_REQUEST = /Failed to load resource/

export type SiteTest = (page: Page, site: SessionSite, context: BrowserContext) => Promise<void>

/**
 * Starts a site and a browser of its own, signed in, with one tab. The console must stay empty, and the policy be kept.
 */
export async function withSite (
  browser: Browser, test: SiteTest, options: SessionSiteOptions = {}, expected: RegExp = /^$/
): Promise<void> {
  const site = new SessionSite(options)
  await site.start()
  try {
    await inQuietContext(browser, { baseURL: site.origin }, async context => {
      context.setDefaultTimeout(PATIENCE_MS)
      await test(await openTab(context, '/sign-in'), site, context)
    }, expected)
  } finally {
    await site.stop()
  }
}

export async function openTab (context: BrowserContext, path = '/'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(path)
  return page
}

export function warningOf (page: Page): ReturnType<Page['getByRole']> {
  return page.getByRole('alertdialog', { name: 'You are about to be signed out' })
}

/** Returns the snapshot of the page's own monitor. */
export async function snapshotOf (page: Page): Promise<MonitorSnapshot> {
  return await page.evaluate(
    'import(document.querySelector("script[data-ping-url]").src).then(client => client.monitor.getSnapshot())'
  )
}

export async function ask (page: Page): Promise<void> {
  await page.evaluate(
    'void import(document.querySelector("script[data-ping-url]").src).then(client => client.monitor.check())'
  )
}

/** Waits until the monitor has had its first answer. */
export async function ready (page: Page, expireAfter = 6): Promise<void> {
  await until(async () => (await snapshotOf(page)).expireAfter === expireAfter)
}

export async function isSeen (page: Page): Promise<boolean> {
  return await page.evaluate(() => !document.documentElement.hasAttribute('data-session-concealed')).catch(() => true)
}

/** Waits for a time in which nothing may happen. */
export async function stays (page: Page, ms: number): Promise<void> {
  const before = page.url()
  await pause(ms)
  assert.equal(page.url(), before)
}

export async function pause (ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}

export async function until (holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (!await holds().catch(() => false)) {
    assert.ok(Date.now() < end, 'it never came to that')
    await pause(50)
  }
}
