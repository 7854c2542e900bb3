import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { requireSession } from '../../src/index.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { latch } from '../helpers/latch.ts'
import type { SessionSite } from './session-site.ts'
import { send } from './session-site.ts'
import { until, withSite } from './site-tabs.ts'

const LIBRARIES = {
  turbo: '@hotwired/turbo/dist/turbo.es2017-umd.js', htmx2: 'htmx2/dist/htmx.min.js', htmx: 'htmx.org/dist/htmx.min.js'
}

const KEEPS_NONE = '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))'

/** Adds a form for each library. Once it is saved, its answer leads to another page. */
function addForms (app: FastifyInstance): void {
  app.register(formbody)
  const guard = { preHandler: requireSession({ loginUrl: '/login' }) }
  for (const [name, file] of Object.entries(LIBRARIES)) {
    const attributes = name === 'turbo' ? `action="/${name}"` : `hx-post="/${name}" hx-swap="none"`
    app.get(`/${name}.js`, async (_request, reply) => {
      const path = new URL(`../../node_modules/${file}`, import.meta.url)
      return reply.type('text/javascript').send(await readFile(path))
    })
    const ending = attributes.replace(name, `${name}/end`)
    app.get(`/${name}`, guard, async (request, reply) => send(request, reply, name, `
      <script src="/${name}.js" data-turbo-suppress-warning></script>
      <form id="note" method="post" ${attributes}><label>Note <textarea name="note"></textarea></label>
      <button>Save</button></form><a href="/api">Text</a>
      <form method="post" ${ending} data-session-sign-out><button>Sign out</button></form>`))
    app.post(`/${name}/end`, async (request, reply) => {
      await request.session.destroy()
      return name === 'turbo' ? reply.redirect('/login', 303) : reply.header('hx-redirect', '/login').send()
    })
    app.post(`/${name}`, guard, async (_request, reply) => {
      return name === 'turbo' ? reply.redirect('/other', 303) : reply.header('hx-redirect', '/other').send()
    })
  }
}

describe('a form that a library sends', () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => await browser?.close())

  /** Opens the page of a library, and types. */
  async function onPage (
    name: string, test: (page: Page, site: SessionSite, asked: readonly string[]) => Promise<void>
  ): Promise<void> {
    await withSite(browser, async (page, site) => {
      const asked: string[] = []
      page.on('dialog', dialog => {
        asked.push(dialog.type())
        dialog.accept().catch(() => { /* the page has gone already */ })
      })
      await page.goto(`/${name}`)
      await page.getByLabel('Note').fill('half an hour')
      await test(page, site, asked)
    }, {
      extend: addForms, client: { loginUrl: '/login' }, security: { warnAfter: 1800, expireAfter: 3600 }
    }, /style|401|Response Status Error/)
  }

  for (const name of Object.keys(LIBRARIES)) {
    it(`leaves without a question while the server is asked about the session: ${name}`, async () => {
      await onPage(name, async (page, site, asked) => {
        const left = latch()
        site.answer = async () => await left.opened
        await page.getByRole('button', { name: 'Save' }).click()
        await page.getByRole('heading', { name: 'Other' }).waitFor()
        assert.deepEqual(asked, [])
        left.open()
        await until(async () => await page.evaluate(KEEPS_NONE))
      })
    })

    it(`signs out without a question, and nothing that was typed is kept: ${name}`, async () => {
      await onPage(name, async (page, _site, asked) => {
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.waitForURL(/\/login/)
        assert.deepEqual(asked, [])
        await until(async () => await page.evaluate(KEEPS_NONE))
      })
    })

    it(`leads to the sign-in without a question where the session has ended, and keeps the text: ${name}`, async () => {
      await onPage(name, async (page, site, asked) => {
        await site.app.sessionSecurity.endUser('ada')
        await page.getByRole('button', { name: 'Save' }).click()
        await page.waitForURL(/\/login\?/)
        assert.deepEqual(asked, [])
        await page.goto('/sign-in')
        await page.goto(`/${name}`)
        await page.getByRole('button', { name: en.restore }).click()
        assert.equal(await page.getByLabel('Note').inputValue(), 'half an hour')
      })
    })
  }

  it('is asked about once where Turbo lets the browser load the page that a link leads to', async () => {
    await onPage('turbo', async (page, _site, asked) => {
      await page.getByRole('link', { name: 'Text' }).click()
      await page.getByText('done').waitFor()
      assert.deepEqual(asked, ['confirm'])
    })
  })
})
