import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { latch } from '../helpers/latch.ts'
import { send } from './session-site.ts'
import { until, withSite } from './site-tabs.ts'

const LIBRARIES = {
  turbo: '@hotwired/turbo/dist/turbo.es2017-umd.js', htmx2: 'htmx2/dist/htmx.min.js', htmx: 'htmx.org/dist/htmx.min.js'
}

/** Adds a form for each library. Once it is saved, its answer leads to another page. */
function addForms (app: FastifyInstance): void {
  app.register(formbody)
  for (const [name, file] of Object.entries(LIBRARIES)) {
    const attributes = name === 'turbo' ? `action="/${name}"` : `hx-post="/${name}" hx-swap="none"`
    app.get(`/${name}.js`, async (_request, reply) => {
      const path = new URL(`../../node_modules/${file}`, import.meta.url)
      return reply.type('text/javascript').send(await readFile(path))
    })
    app.get(`/${name}`, async (request, reply) => send(request, reply, name, `
      <script src="/${name}.js" data-turbo-suppress-warning></script>
      <form id="note" method="post" ${attributes}><label>Note <textarea name="note"></textarea></label>
      <button>Save</button></form>`))
    app.post(`/${name}`, async (_request, reply) => {
      return name === 'turbo' ? reply.redirect('/other', 303) : reply.header('hx-redirect', '/other').send()
    })
  }
}

describe('a form that a library sends, and whose answer leads to another page', () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => await browser?.close())

  for (const name of Object.keys(LIBRARIES)) {
    it(`leaves without a question while the server is asked about the session: ${name}`, async () => {
      await withSite(browser, async (page, site) => {
        const asked: string[] = []
        page.on('dialog', dialog => {
          asked.push(dialog.type())
          dialog.accept().catch(() => { /* the page has gone already */ })
        })
        await page.goto(`/${name}`)
        await page.getByLabel('Note').fill('half an hour')
        const left = latch()
        site.answer = async () => await left.opened
        await page.getByRole('button', { name: 'Save' }).click()
        await page.getByRole('heading', { name: 'Other' }).waitFor()
        assert.deepEqual(asked, [])
        left.open()
        const keepsNone = '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))'
        await until(async () => await page.evaluate(keepsNone))
      }, { extend: addForms, security: { warnAfter: 1800, expireAfter: 3600 } }, /style/)
    })
  }
})
