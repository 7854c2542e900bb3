import assert from 'node:assert/strict'
import type { FastifyInstance } from 'fastify'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { requireSession, sessionSecurity } from '../../src/index.ts'
import { SECRET } from '../helpers/app.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { page as html, startSite, withPage } from './test-site.ts'

const SCRIPT = `
import { createWarningDialog } from './src/client/warning/dialog.ts'
import { guardForms } from './src/client/forms/form-guard.ts'
import { createIdleMonitor } from './src/client/monitor/monitor.ts'
if (document.querySelector('main form')) {
  const monitor = createIdleMonitor({ pingUrl: '/session_security/ping', redirectToLogout: '/login' })
  createWarningDialog(monitor)
  guardForms(monitor)
  monitor.start()
}
`

async function protect (app: FastifyInstance): Promise<void> {
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false } },
    userOf: session => session.user,
    warnAfter: 2,
    expireAfter: 4,
    allowShortWarning: true
  })
  app.get<{ Querystring: { user: string } }>('/enter', async (request, reply) => {
    request.session.user = request.query.user
    return await reply.redirect('/visit')
  })
  app.get('/visit', { preHandler: requireSession({ loginUrl: '/login' }) }, async (_request, reply) => {
    const form = '<form><label>Notes <textarea name="notes"></textarea></label></form>'
    return await reply.type('text/html').send(html('Visit', form))
  })
}

describe('a long form and a session that ends, with the monitor and the server', { concurrency: 2 }, () => {
  let site: FastifyInstance
  let browser: Browser
  before(async () => {
    site = await startSite({ '/login': html('Sign in', '') }, SCRIPT, protect)
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await site?.close()
  })

  /** Types and waits until the page has gone to the sign-in page. It must ask no question. */
  async function beTimedOut (page: Page): Promise<void> {
    const questions: string[] = []
    page.on('dialog', dialog => {
      questions.push(dialog.type())
      dialog.dismiss().catch(() => { /* the page has gone already */ })
    })
    await page.goto('/enter?user=ada')
    await page.getByLabel('Notes').pressSequentially('Half an hour of work')
    await page.getByRole('alertdialog', { name: en.title }).waitFor()
    await page.waitForURL(/\/login/)
    assert.deepEqual(questions, [])
  }

  it('brings the text back after the next sign-in', () => withPage(browser, site, {}, async page => {
    await beTimedOut(page)
    await page.goto('/enter?user=ada')
    await page.getByRole('region', { name: en.draft }).getByRole('button', { name: en.restore }).click()
    assert.equal(await page.getByLabel('Notes').inputValue(), 'Half an hour of work')
  }))

  it('gives it to nobody else, and leaves it to nobody', () => withPage(browser, site, {}, async page => {
    await beTimedOut(page)
    assert.match(String(await page.evaluate('Object.values(sessionStorage).join()')), /Half an hour/)
    await page.goto('/enter?user=eve')
    await page.waitForFunction('Object.keys(sessionStorage).length === 0')
    assert.equal(await page.locator('.session-security-draft').count(), 0)
    await page.goto('/enter?user=ada')
    assert.equal(await page.getByLabel('Notes').inputValue(), '')
    assert.equal(await page.locator('.session-security-draft').count(), 0)
  }))
})
