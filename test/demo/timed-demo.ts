import { after, before } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Clock } from '../../src/core/clock.ts'
import { buildDemo } from '../../src/demo/server.ts'
import type { SessionKit } from '../../src/testing.ts'
import { sessionKit } from '../../src/testing.ts'
import { SECRET } from '../helpers/app.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

export interface TimedVisit {
  readonly page: Page
  readonly context: BrowserContext
  /** Moves the time of the demo and of all pages of the context. */
  readonly kit: SessionKit<FastifyInstance>
  /** The lines of the demo about ended sessions. */
  readonly ended: readonly string[]
}

export interface TimedOptions {
  /** The errors of the browser that a test expects. Default: nothing, and no breach of the policy either. */
  readonly expected?: RegExp
  /** Adds to the demo. */
  readonly prepare?: (app: FastifyInstance, clock: Clock) => void
}

/**
 * Starts a browser for a suite. Each test has a demo and a clock of its own. To be called
 * in its `describe`.
 */
export function timedDemo (
  times: { readonly warnAfter: number, readonly expireAfter: number }
): (test: (visit: TimedVisit) => Promise<void>, options?: TimedOptions) => Promise<void> {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => await browser?.close())
  return async (test, { expected, prepare } = {}) => {
    const ended: string[] = []
    const kit = await sessionKit(({ store, clock }) => {
      const app = buildDemo({ backend: { store, secret: SECRET }, ...times, tell: line => ended.push(line) })
      prepare?.(app, clock)
      return app
    })
    try {
      const baseURL = await kit.app.listen({ host: '127.0.0.1', port: 0 })
      await inQuietContext(browser, { baseURL }, async context => {
        await kit.follow(context)
        await test({ page: await context.newPage(), context, kit, ended })
      }, expected)
    } finally {
      await kit.close()
    }
  }
}
