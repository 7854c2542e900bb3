import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { createSSRApp } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'
import { requireSession } from '../../src/index.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { bundleForm } from '../helpers/page-coverage.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'
import { ReactPage } from './framework-pages/react-page.ts'
import { VuePage, usePlugin } from './framework-pages/vue-page.ts'
import { SessionSite } from './session-site.ts'

const PATIENCE_MS = 40_000

/** Bundles as a development server does: with the checks that React and Vue make there. */
async function bundle (file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`framework-pages/${file}`, import.meta.url))],
    ignoreAnnotations: true, // package.json names the files of dist that act by being imported
    bundle: true,
    ...bundleForm(),
    write: false,
    format: 'esm',
    target: 'es2022',
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true'
    }
  })
  return outputFiles[0]?.text ?? ''
}

/** The output of each framework's server in `#app`. An element of the page needs none. */
const PAGES = {
  react: async () => `<div id="app">${renderToString(createElement(ReactPage))}</div>`,
  vue: async () => {
    const app = createSSRApp(VuePage)
    usePlugin(app)
    return `<div id="app">${await renderVue(app)}</div>`
  },
  element: async () => '<session-warning ping-url="/session_security/ping" sign-out-url="/sign-out" ' +
    'extend-by="button" lang="en"></session-warning><p id="events"></p>'
} as const

describe('the client in frameworks', { concurrency: 3 }, () => {
  let browser: Browser
  const scripts = new Map<string, string>()

  before(async () => {
    browser = await launchBrowser()
    for (const name of Object.keys(PAGES)) scripts.set(name, await bundle(`${name}-start.ts`))
  })
  after(async () => { await browser?.close() })

  function addPages (app: FastifyInstance): void {
    for (const [name, render] of Object.entries(PAGES)) {
      app.get(`/${name}`, { preHandler: requireSession({ loginUrl: '/login' }) }, async (_request, reply) => {
        return await reply.type('text/html')
          .send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title>
          <link rel="stylesheet" href="/session_security/client.css"><script type="module"
            src="/${name}.js"></script></head><body><main>${await render()}</main></body></html>`)
      })
      app.get(
        `/${name}.js`, { config: { sessionSecurity: { passive: true } } },
        async (_request, reply) => reply.type('text/javascript').send(scripts.get(name))
      )
    }
  }

  async function onPage (name: string, test: (page: Page, site: SessionSite) => Promise<void>): Promise<void> {
    const site = new SessionSite({ extend: addPages })
    await site.start()
    try {
      await inQuietContext(browser, { baseURL: site.origin }, async context => {
        context.setDefaultTimeout(PATIENCE_MS)
        const page = await context.newPage()
        await page.goto('/sign-in')
        await page.goto(`/${name}`)
        await test(page, site)
      })
    } finally {
      await site.stop()
    }
  }

  for (const name of Object.keys(PAGES)) {
    const warning = (page: Page) =>
      page.getByRole(name === 'element' ? 'alertdialog' : 'alert', { name: 'You are about to be signed out' })

    it(`warns, stays signed in, and signs out: ${name}`, () => onPage(name, async (page, site) => {
      await warning(page).waitFor()
      const claims = (): number => site.pings.filter(ping => ping.includes('idleFor')).length
      const before = claims()
      await page.getByRole('button', { name: 'Stay signed in' }).click()
      await warning(page).waitFor({ state: 'hidden' })
      assert.ok(claims() > before)
      await warning(page).waitFor()
      assert.equal(new URL(page.url()).pathname, `/${name}`)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.waitForURL(url => url.pathname === '/login')
    }))
  }

  it('counts the seconds that are left in the text of a headless warning: react, vue', async () => {
    for (const name of ['react', 'vue']) {
      await onPage(name, async page => {
        await page.getByText('you will be signed out in 3 seconds').waitFor()
        await page.getByText('you will be signed out in 2 seconds').waitFor()
      })
    }
  })

  it('watches while the framework shows it, and no longer: react, vue', async () => {
    for (const name of ['react', 'vue']) {
      await onPage(name, async (page, site) => {
        await page.locator('[data-state=active]').waitFor()
        await page.evaluate('window.unmount()')
        const before = site.pings.length
        const { sessions: [session] } = await site.app.sessionSecurity.list()
        await until(async () => (await site.app.sessionSecurity.get(session?.handle ?? ''))?.state === 'ended')
        assert.deepEqual(
          [site.pings.length, await page.locator('html').getAttribute('data-session-concealed')], [before, null]
        )
      })
    }
  })

  it('goes on when the element is moved, stops without it, and fires events', () => onPage('element', async page => {
    const dialog = page.getByRole('alertdialog')
    await dialog.waitFor()
    await page.evaluate("document.body.prepend(document.querySelector('session-warning'))")
    await dialog.waitFor()
    assert.match(String(await page.locator('#events').textContent()), /session-warning warning/)
    await page.evaluate("document.querySelector('session-warning').remove()")
    await dialog.waitFor({ state: 'detached' })
    assert.equal(await page.locator('dialog').count(), 0)
  }))
})

async function until (holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (!await holds()) {
    if (Date.now() > end) throw new Error('waited in vain')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
