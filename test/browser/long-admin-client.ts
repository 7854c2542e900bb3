import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, Locator, Page } from 'playwright-core'
import { sessionClient } from '../../src/index.ts'
import type { AdminApp, AdminAppOptions } from '../admin/admin-app.ts'
import { ADMIN, buildAdminApp } from '../admin/admin-app.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'
import { findsNothing } from './axe.ts'

const WARN_AFTER = 500
const EXPIRE_AFTER = 600
/** Seconds after which the client reports an activity. It is a quarter of the idle time, and a little more. */
const REPORT_AFTER = EXPIRE_AFTER / 4 + 4
const WAYS = { signOutUrl: '/sign-out', loginUrl: '/login' }

interface Visit {
  readonly page: Page
  readonly site: AdminApp
  /** Lets time pass, for the server and for the page. */
  readonly pass: (seconds: number) => Promise<void>
}

const SITES: Readonly<Record<string, AdminAppOptions>> = {
  'a client of its own': { admin: WAYS, routes: addSignIn },
  'the client of the application': {
    routes (app) {
      app.register(sessionClient, WAYS)
      addSignIn(app)
    }
  }
}

function addSignIn (app: FastifyInstance): void {
  app.get(
    '/login',
    async (_request, reply) => reply.type('text/html')
      .send('<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1></html>')
  )
  app.get('/favicon.ico', async (_request, reply) => reply.code(204).send())
}

describe('an operator of the admin page', { concurrency: 3 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => await browser?.close())

  /** Signs an operator in and shows the list. The browser's console must stay empty. */
  async function visit (options: AdminAppOptions, test: (visit: Visit) => Promise<void>): Promise<void> {
    const site = await buildAdminApp(options)
    await site.signIn('ada')
    const address = await site.app.listen({ host: '127.0.0.1', port: 0 })
    try {
      await inQuietContext(browser, { baseURL: address }, async context => {
        context.setDefaultTimeout(40_000)
        await context.addCookies(Object.entries(site.operator.cookies)
          .map(([name, value]) => ({ name, value, url: address, httpOnly: true })))
        const page = await context.newPage()
        await page.clock.install()
        await open(page, ADMIN)
        await test({
          page,
          site,
          async pass (seconds) {
            site.clock.advance(seconds)
            await page.clock.runFor(seconds * 1000)
          }
        })
      }, /403 \(Forbidden\)/)
    } finally {
      await site.app.close()
    }
  }

  for (const [what, options] of Object.entries(SITES)) {
    describe(`with ${what}`, () => {
      it('stays signed in by pings alone while typing for longer than the idle time', () => visit(options, async ({
        page, site, pass
      }) => {
        const asked = new Set<string>()
        page.on('request', request => asked.add(new URL(request.url()).pathname))
        await pass(2)
        await page.getByLabel('User id').click()
        // This brings the page to the front, and it asks. The next letter must be news to the server.
        await page.evaluate(
          'import(document.querySelector("script[data-ping-url]").src)' +
          '.then(({ monitor }) => monitor.check().then(() => {}))'
        )
        await pass(2)
        for (let seconds = 0; seconds < 1.5 * EXPIRE_AFTER; seconds += REPORT_AFTER) {
          // The client reports a letter at once, or with the next one. Time must not leap while a ping is under way.
          const told = page.waitForResponse(/\/ping\?idleFor=/, { timeout: 3000 }).catch(() => {})
          await page.keyboard.type('a')
          await pass(REPORT_AFTER)
          await told
          assert.equal(await warningOf(page).count(), 0, `after ${seconds} s`)
        }
        const [operator] = (await site.app.sessionSecurity.list({ user: 'root' })).sessions
        assert.ok(Number(operator?.idleFor) <= 2 * REPORT_AFTER + 1, `idle for ${operator?.idleFor} s`)
        assert.deepEqual([...asked].sort(), [`${ADMIN}/live`, '/session_security/ping'])
        assert.equal(await page.getByLabel('User id').inputValue(), 'aaaaaa')
      }))

      it('is warned when idle, in English, and finds the page hidden and left', () => visit(options, async ({
        page, pass
      }) => {
        await pass(WARN_AFTER)
        await warningOf(page).getByRole('button', { name: 'Stay signed in' }).waitFor()
        const left = page.waitForURL(`/login?${new URLSearchParams({ next: ADMIN, reason: 'idle' })}`)
        await pass(EXPIRE_AFTER - WARN_AFTER + 1)
        await left
        await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      }))

      it('signs out from the warning', () => visit(options, async ({ page, site, pass }) => {
        await pass(WARN_AFTER)
        const button = warningOf(page).getByRole('button', { name: 'Sign out' })
        await button.waitFor()
        await page.clock.runFor(1000)
        await button.click()
        await page.waitForURL(/\/login\?.*reason=logout/)
        const [operator] = (await site.app.sessionSecurity.list({ user: 'root', state: 'ended' })).sessions
        assert.equal(operator?.state === 'ended' && operator.reason, 'logout')
      }))
    })
  }

  it('who is let in without a session is neither warned nor sent away', () => visit({
    admin: { ...WAYS, authorize: () => true }, routes: addSignIn
  }, async ({ page, pass }) => {
    await page.context().clearCookies()
    await open(page, `${ADMIN}/tokens`)
    await pass(2 * EXPIRE_AFTER)
    assert.equal(await warningOf(page).count(), 0)
    assert.equal(new URL(page.url()).pathname, `${ADMIN}/tokens`)
    assert.ok(await page.getByRole('heading', { name: 'Tokens' }).isVisible())
  }))

  it('sees a warning that axe accepts', () => visit(SITES['a client of its own'] ?? {}, async ({
    page, pass
  }) => {
    await pass(WARN_AFTER)
    await warningOf(page).waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await findsNothing(page)
    }
  }))
})

/** Goes to a page, and waits until its client has started. */
async function open (page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.evaluate('import(document.querySelector("script[type=module]").src).then(() => {})')
}

function warningOf (page: Page): Locator {
  return page.getByRole('dialog').or(page.getByRole('alertdialog')).filter({ visible: true })
}
