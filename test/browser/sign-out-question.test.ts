import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { send } from './session-site.ts'
import { openTab, ready, until, withSite } from './site-tabs.ts'

const SECURITY = { warnAfter: 1800, expireAfter: 3600 }
const KEPT = '/draft:/.test(Object.keys(sessionStorage).join())'

/** Adds a sign-out link to a page that asks for confirmation. The page has the client or not. */
function addPages (app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded', (_request, payload, done) => { payload.resume(); done(null, null) }
  )
  app.get('/notes', async (request, reply) => send(request, reply, 'Notes', `
    <form method="post" action="/save"><label>Notes <textarea name="notes"></textarea></label></form>
    <a href="/really" data-session-sign-out>Sign out</a><a href="/plain" data-session-sign-out>Sign out plainly</a>`))
  const question = '<form method="post" action="/bye" data-session-sign-out>' +
    '<button>Yes, sign out</button></form><a href="/notes">No</a>'
  app.get('/really', async (request, reply) => send(request, reply, 'Really?', question))
  app.get(
    '/plain',
    async (_request, reply) => reply.type('text/html')
      .send(`<!doctype html><html lang="en"><title>Really?</title>${question}`)
  )
  app.post('/bye', async (request, reply) => {
    await request.session.destroy()
    return await reply.redirect('/login')
  })
}

describe('a page that asks whether a sign-out is meant', { concurrency: 2 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => await browser?.close())

  /** Types, and follows the link that signs out. */
  async function typed (
    test: (page: Page, context: BrowserContext) => Promise<void>, link = 'Sign out'
  ): Promise<void> {
    await withSite(browser, async (_page, _site, context) => {
      const page = await openTab(context, '/notes')
      page.on('dialog', dialog => { dialog.accept().catch(() => { /* the page has gone already */ }) })
      await ready(page, 3600)
      await page.getByLabel('Notes').pressSequentially('half an hour of work')
      await until(async () => await page.evaluate(KEPT))
      await page.getByRole('link', { name: link, exact: true }).click()
      await page.getByRole('button', { name: 'Yes, sign out' }).waitFor()
      await test(page, context)
    }, { security: SECURITY, extend: addPages })
  }

  /** Ends the session in another way, and signs in again. */
  async function signInAgain (page: Page, context: BrowserContext): Promise<void> {
    await context.clearCookies()
    await page.goto('/sign-in')
    await page.goto('/notes')
    await ready(page, 3600)
  }

  for (const link of ['Sign out', 'Sign out plainly']) {
    it(`keeps what was typed where the person stays: ${link}`, () => typed(async (page, context) => {
      await page.getByRole('link', { name: 'No', exact: true }).click()
      await ready(page, 3600)
      await until(async () => await page.evaluate('!Object.keys(sessionStorage).join().includes("left-for-sign-out")'))
      await signInAgain(page, context)
      await page.getByRole('button', { name: en.restore }).click()
      await until(async () => await page.getByLabel('Notes').inputValue() === 'half an hour of work')
    }, link))

    it(`keeps nothing where the person signs out: ${link}`, () => typed(async page => {
      assert.equal(await page.evaluate(KEPT), true)
      await page.getByRole('button', { name: 'Yes, sign out' }).click()
      await page.waitForURL(/\/login/)
      await until(async () => !await page.evaluate(KEPT))
    }, link))
  }

  it('keeps nothing if the page after the sign-out has no client', () => typed(async (page, context) => {
    await signInAgain(page, context)
    await until(async () => !await page.evaluate(KEPT))
    assert.equal(await page.getByRole('button', { name: en.restore }).count(), 0)
  }, 'Sign out plainly'))
})
