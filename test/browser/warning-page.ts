import { after, before } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, Locator, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import type { PageOptions } from './test-site.ts'
import { page as html, startSite, withPage } from './test-site.ts'

const SCRIPT = `
import { createFocusTrap } from 'focus-trap'
import { createWarningDialog } from './src/client/warning/dialog.ts'
import { hidePage } from './src/client/warning/hide-page.ts'
import { locales } from './src/client/locales/all.ts'
import { FakeMonitor } from './test/client/fake-monitor.ts'
Object.assign(globalThis, {
  createFocusTrap,
  hidePage,
  monitor: new FakeMonitor(),
  warnOf: options => { globalThis.dialog = createWarningDialog(globalThis.monitor, { locales, ...options }) },
  spoken: [],
  listen: () => new MutationObserver(() =>
      globalThis.spoken.push(document.querySelector('[role=status].session-security-unseen').textContent))
    .observe(document.querySelector('[role=status].session-security-unseen'), { childList: true, characterData: true,
      subtree: true })
})`

const BODY = `
<p><label>Name <input id="name" value="Ada"></label></p>
<p><label>Notes <textarea id="notes"></textarea></label></p>
<p><label>Rich <span id="rich" role="textbox" aria-label="Rich" contenteditable="true">Text</span></label></p>
<p><button id="mine">Mine</button></p>`

/** Code that brings each state about. */
export const STATES = {
  warning: 'monitor.warn(42)',
  absolute: 'monitor.warn(102, { extendable: false, endsBy: "absolute" })',
  offline: 'monitor.warn(42, { state: "offline" })',
  hidden: 'document.documentElement.dataset.sessionConcealed = ""; monitor.warn(0, { state: "offline", ' +
    'concealed: true })'
}

/** Code for the states that need a second, or a hand, too. */
export const LATE_STATES = {
  staying: 'monitor.warn(42); setTimeout(() => monitor.relax(), 100)',
  refused: 'monitor.warn(0, { state: "offline", concealed: true, refused: true })',
  ended: 'monitor.warn(0, { state: "ended", concealed: true, reason: "idle" })',
  otherUser: 'monitor.warn(0, { state: "ended", concealed: true, reason: "otherUser" })',
  busy: 'monitor.warn(42); monitor.onSignOut = () => new Promise(() => {}); ' +
    'document.querySelector("dialog .session-security-quiet").click()',
  failed: 'monitor.warn(42); monitor.onSignOut = () => Promise.reject(new Error("403")); ' +
    'document.querySelector("dialog .session-security-quiet").click()'
}

/** Milliseconds of the page's clock in which the dialog presses nothing, and a little more. */
export const SETTLED_MS = 600

async function startWarningSite (): Promise<FastifyInstance> {
  const pages = {
    '/': html('Patient record', BODY),
    '/ar': html('Patient record', BODY, 'ar-EG'),
    '/fi': html('Patient record', BODY, 'fi')
  }
  return await startSite(pages, SCRIPT)
}

export interface WarningPageOptions {
  readonly path?: string
  /** The options of the warning, as source. */
  readonly options?: string
  /** Code that runs before the warning is set up. */
  readonly prepare?: string
  readonly browserOptions?: PageOptions
}

/**
 * Starts a browser and a site for the tests of a suite. Call it in its `describe`.
 *
 * @returns a function that runs a test on a page with the warning set up
 */
export function warningOfSuite (): (
  test: (page: Page) => Promise<void>, options?: WarningPageOptions
) => Promise<void> {
  let site: FastifyInstance
  let browser: Browser
  before(async () => {
    site = await startWarningSite()
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await site?.close()
  })
  return async (test, options = {}) => await withWarningPage(browser, site, options, test)
}

/** Opens a page with the warning. Its clock stands still until the test moves it. */
async function withWarningPage (
  browser: Browser, site: FastifyInstance,
  { path = '/', options = '{}', prepare = '', browserOptions = {} }: WarningPageOptions,
  test: (page: Page) => Promise<void>
): Promise<void> {
  await withPage(browser, site, browserOptions, async page => {
    await page.clock.install({ time: Date.UTC(2026, 0, 15, 12) })
    await page.goto(path)
    await page.clock.pauseAt(Date.UTC(2026, 0, 15, 13))
    if (prepare !== '') await page.evaluate(prepare)
    await page.evaluate(`warnOf(${options})`)
    await test(page)
  })
}

export function dialogOf (page: Page): Locator {
  return page.getByRole('alertdialog')
}

/** Returns the calls that the monitor got. */
export async function callsOf (page: Page): Promise<unknown> {
  return await page.evaluate('monitor.calls.join()')
}

export async function focusOf (page: Page): Promise<unknown> {
  return await page.evaluate('document.activeElement.id || document.activeElement.textContent')
}
