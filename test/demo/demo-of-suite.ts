import { after, before } from 'node:test'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'
import type { Demo } from './demo-process.ts'
import { startDemo } from './demo-process.ts'

export interface Visit extends BrowserContextOptions {
  /** Milliseconds that the page waits for something. */
  readonly patienceMs: number
  /** The errors of the browser that a test expects. Default: nothing, and no breach of the policy either. */
  readonly expected?: RegExp
}

export interface DemoOfSuite {
  /** The lines of the demo after its address. */
  readonly lines: readonly string[]
  /** Runs a test in a browser of its own. */
  visit (options: Visit, test: (page: Page, context: BrowserContext) => Promise<void>): Promise<void>
}

/** Starts the demo and a browser for the tests of a suite. To be called in its `describe`. */
export function demoOfSuite (args: readonly string[]): DemoOfSuite {
  let demo: Demo
  let browser: Browser
  before(async () => {
    demo = await startDemo(args)
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await demo?.stop()
  })
  return {
    get lines () { return demo.lines },
    async visit ({ patienceMs, expected = /^$/, ...options }, test) {
      await inQuietContext(browser, { baseURL: demo.address, ...options }, async context => {
        context.setDefaultTimeout(patienceMs)
        await test(await context.newPage(), context)
      }, expected)
    }
  }
}
