import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { FAILED_REQUEST, openTab, until, withSite } from './site-tabs.ts'

/** Makes a form for each name that a document inherits. The form hides the document's own member. */
const SCRIPT = `
const place = document.querySelector('#forms')
for (const name of [...Object.getOwnPropertyNames(Document.prototype), ...Object.getOwnPropertyNames(Node.prototype)]) {
  const form = Document.prototype.createElement.call(document, 'form')
  form.setAttribute('name', name)
  place.append(form)
}`

const FIND = 'Document.prototype.querySelector.call(document, '
const IS_WARNED = `${FIND}'dialog')?.open === true && ${FIND}'title').textContent.startsWith('Sign-out in')`
const IS_HIDDEN = `getComputedStyle(${FIND}'body')).display === 'none'`

function addPage (app: FastifyInstance): void {
  app.get('/names', async (request, reply) => reply.type('text/html').send(`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Names</title>${app.sessionClient.tags(request)}</head>
  <body><div id="forms"></div><script src="/names.js"></script></body>
</html>`))
  app.get('/names.js', async (_request, reply) => reply.type('text/javascript').send(SCRIPT))
}

/** Waits until an expression holds. Playwright's own ways need members of the document. */
async function holds (page: Page, expression: string): Promise<void> {
  await until(async () => await page.evaluate(expression) === true)
}

describe('a page whose forms have the names of members of the document', () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  it('is warned, goes on after Enter, and is hidden and left in time', () => withSite(
    browser, async (_page, _site, context) => {
      const page = await openTab(context, '/names')
      assert.equal(await page.evaluate('document.title instanceof HTMLFormElement'), true)
      await holds(page, IS_WARNED)
      await page.waitForTimeout(700) // until then the warning catches the keys of a person who has not seen it
      await page.keyboard.press('Enter')
      await holds(page, `${FIND}'dialog') === null`)
      assert.equal(await page.evaluate(`${FIND}'title').textContent`), 'Names')
      await context.route('**/session_security/ping**', route => route.abort())
      await holds(page, IS_HIDDEN)
      await context.unrouteAll()
      await page.waitForURL('/login?next=%2Fnames&reason=idle')
    }, { client: { loginUrl: '/login' }, extend: addPage }, FAILED_REQUEST
  ))
})
