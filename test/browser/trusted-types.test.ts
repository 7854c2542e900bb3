import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { requireSession } from '../../src/index.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { POLICY, send } from './session-site.ts'
import { isSeen, until, warningOf, withSite } from './site-tabs.ts'

/** The policy forbids to parse HTML, to make scripts, and to create other policies. */
const TRUSTED = `${POLICY}; require-trusted-types-for 'script'; trusted-types 'none'`

function addPages (app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply) => { reply.header('content-security-policy', TRUSTED) })
  app.get('/form', {
    preHandler: requireSession({ loginUrl: '/login' })
  }, async (request, reply) => send(request, reply, 'Form', `
    <form id="visit" method="post"><label>Notes <textarea name="notes"></textarea></label>
    <p>Findings</p><div id="findings" contenteditable="true" role="textbox" aria-label="Findings"></div></form>`))
}

describe('a page whose policy requires Trusted Types and allows no policy of them', () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  it('is warned, hidden, left and restored without a breach', () => withSite(browser, async (page, site) => {
    await page.goto('/form')
    await page.getByLabel('Notes').pressSequentially('Half an hour')
    await page.getByLabel('Findings').pressSequentially('of work')
    await warningOf(page).waitFor()
    await page.keyboard.press('Shift')
    await until(async () => !await warningOf(page).isVisible())
    await warningOf(page).waitFor()
    site.answer = async (_request, reply) => await reply.code(503).send() // hidden, and not left yet
    await until(async () => !await isSeen(page))
    await page.getByRole('alertdialog').waitFor()
    site.answer = null
    await page.waitForURL(/\/login/)
    await page.goto('/sign-in')
    await page.goto('/form')
    await page.getByRole('button', { name: en.restore }).click()
    await page.getByText(en.restored, { exact: true }).waitFor()
    assert.deepEqual(
      [await page.getByLabel('Notes').inputValue(), await page.getByLabel('Findings').innerText()],
      ['Half an hour', 'of work']
    )
  }, { client: { loginUrl: '/login' }, security: { warnAfter: 2, expireAfter: 4 }, extend: addPages }, /503/))
})
