import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { FastifyInstance } from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'
import { SessionSite } from './session-site.ts'

const PATIENCE_MS = 40_000

/** Selects the warning of a page. Each timer has its own way of showing it. */
const WARNING = '#warning, #session_security_warning'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Recipe {
  readonly name: string
  /** The script of the page. Its imports are paths from the root of the project. */
  readonly script: string
  readonly body: string
  readonly pingFormat?: 'seconds'
  /** The name of the button that puts the end off, for timers that need one. */
  readonly button?: string
}

const recipes: Recipe[] = [
  {
    name: 'fifteen lines of plain JavaScript',
    script: 'import "./test/client/recipes/plain.js"',
    body: '<p id="warning" hidden>Soon.</p>'
  },
  {
    name: 'react-idle-timer',
    script: `
      import { createRoot } from 'react-dom/client'
      import { createElement } from 'react'
      import { SessionWarning } from './test/client/recipes/react-idle-timer.jsx'
      createRoot(document.querySelector('#app')).render(createElement(SessionWarning))`,
    body: '<div id="app"></div>'
  },
  {
    name: 'useIdle of VueUse',
    script: `
      import { createApp, h } from 'vue'
      import { useSession } from './test/client/recipes/vueuse.js'
      createApp({ setup () { const session = useSession(); return () => h('p', { id: 'warning',
        hidden: session.value.state !== 'warning' }, 'Soon.') } }).mount('#app')`,
    body: '<div id="app"></div>'
  },
  {
    name: 'the provider for React',
    script: `
      import { createRoot } from 'react-dom/client'
      import { createElement } from 'react'
      import { App } from './test/client/recipes/react.jsx'
      createRoot(document.querySelector('#app')).render(createElement(App))`,
    body: '<div id="app"></div>',
    button: 'Stay signed in'
  },
  {
    name: 'the plugin for Vue',
    script: 'import "./test/client/recipes/vue.js"',
    body: '<div id="app"></div>',
    button: 'Stay signed in'
  },
  {
    name: 'what the script of django-session-security does',
    script: 'import "./test/browser/django-script.js"',
    body: '<p id="session_security_warning" data-warn-after="3" data-expire-after="6" ' +
      'data-ping-url="/session_security/ping/" hidden>Soon.</p>',
    pingFormat: 'seconds'
  }
]

describe('a timer of the page\'s own', { concurrency: 3 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  for (const { name, script, body, button, pingFormat = 'view' } of recipes) {
    describe(name, { concurrency: 3 }, () => {
      let site: SessionSite
      before(async () => {
        const bundle = await bundled(script)
        site = new SessionSite({ security: { pingFormat }, extend: app => addPage(app, body, bundle) })
        await site.start()
      })
      after(async () => { await site?.stop() })

      async function signedIn (test: (page: Page) => Promise<void>): Promise<void> {
        await inQuietContext(browser, { baseURL: site.origin }, async context => {
          context.setDefaultTimeout(PATIENCE_MS)
          const page = await context.newPage()
          await page.goto('/begin')
          await test(page)
        })
      }

      it('warns who does nothing, and leaves at the end', () => signedIn(async page => {
        await page.locator(WARNING).waitFor()
        await page.waitForURL(/reason=idle/)
      }))

      it('keeps who does something, without a warning', () => signedIn(async page => {
        const end = Date.now() + 9000
        for (let i = 0; Date.now() < end; i++) {
          await page.mouse.move(100 + i % 50, 100)
          assert.equal(await page.locator(WARNING).isVisible(), false)
          await new Promise(resolve => setTimeout(resolve, 200))
        }
        assert.equal(new URL(page.url()).pathname, '/timer')
      }))

      it('waits in peace where the end is a month away', async () => {
        const bundle = await bundled(script)
        const calm = new SessionSite({
          security: { pingFormat, warnAfter: 29 * 86_400, expireAfter: 30 * 86_400, absoluteTimeout: false },
          extend: app => addPage(app, body, bundle)
        })
        await calm.start()
        try {
          await inQuietContext(browser, { baseURL: calm.origin }, async context => {
            const page = await context.newPage()
            await page.goto('/begin')
            const end = Date.now() + PATIENCE_MS
            if (pingFormat === 'view') {
              while (calm.pings.length === 0 && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 20))
            }
            await new Promise(resolve => setTimeout(resolve, 1000))
            assert.ok(calm.pings.length < 10, `${calm.pings.length} pings in a second`)
          })
        } finally {
          await calm.stop()
        }
      })

      it('puts the end off for who answers the warning', () => signedIn(async page => {
        for (let times = 0; times < 2; times++) {
          await page.locator(WARNING).waitFor()
          await page.mouse.move(100 + 50 * times, 100)
          await page.mouse.move(200, 100)
          if (button !== undefined) await page.getByRole('button', { name: button }).click()
          await page.locator(WARNING).waitFor({ state: 'hidden' })
        }
        assert.equal(new URL(page.url()).pathname, '/timer')
      }))

      if (button !== undefined) {
        it('says why the page is hidden while the server cannot be reached', async () => {
          const bundle = await bundled(script)
          const lost = new SessionSite({ extend: app => addPage(app, body, bundle) })
          await lost.start()
          try {
            await inQuietContext(browser, { baseURL: lost.origin }, async context => {
              context.setDefaultTimeout(PATIENCE_MS)
              const page = await context.newPage()
              await page.goto('/begin')
              await page.locator(WARNING).waitFor()
              lost.answer = (_request, reply) => reply.code(503).send()
              await page.getByText('The page will come back').waitFor()
              assert.equal(await page.locator('body').isVisible(), false)
              lost.answer = null
              await page.getByRole('button', { name: 'Try again' }).click()
              await page.waitForURL(/reason=idle/)
            }, /Failed to load resource/)
          } finally {
            await lost.stop()
          }
        })
      }
    })
  }
})

/** The files of a page. */
interface Bundle {
  readonly script: string
  readonly styles: string
}

async function bundled (script: string): Promise<Bundle> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: ROOT },
    alias: {
      'fastify-session-security/client': `${ROOT}/src/client/index.ts`,
      'fastify-session-security/client.css': `${ROOT}/src/client/client.css`,
      'fastify-session-security/client/react': `${ROOT}/src/client/react.ts`,
      'fastify-session-security/client/vue': `${ROOT}/src/client/vue.ts`
    },
    define: { 'process.env.NODE_ENV': '"production"' },
    jsx: 'automatic',
    ignoreAnnotations: true, // package.json says that nothing here acts by being imported
    bundle: true,
    minify: true,
    format: 'esm',
    outdir: '/',
    write: false
  })
  const textOf = (ending: string): string => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? ''
  return { script: textOf('.js'), styles: textOf('.css') }
}

function addPage (app: FastifyInstance, body: string, { script, styles }: Bundle): void {
  app.get('/begin', async (request, reply) => {
    request.session.user = 'ada'
    return await reply.redirect('/timer')
  })
  app.get('/timer', async (request, reply) => {
    if (request.session.user === undefined) {
      return await reply.redirect(`/login?reason=${await request.sessionSecurity.endReason()}`)
    }
    return reply.type('text/html')
      .send(`<!doctype html><html lang="en"><title>Timer</title><link rel="stylesheet" href="/timer.css">
        ${body}<script type="module" src="/timer.js"></script></html>`)
  })
  for (const [ending, type, text] of [['js', 'text/javascript', script], ['css', 'text/css', styles]] as const) {
    const config = { sessionSecurity: { passive: true } }
    app.get(`/timer.${ending}`, { config }, async (_request, reply) => reply.type(type).send(text))
  }
}
