import type { FastifyInstance } from 'fastify'
import type { Browser, Locator, Page } from 'playwright-core'
import { requireSession } from '../../src/index.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'
import type { SessionSiteOptions } from './session-site.ts'
import { SessionSite } from './session-site.ts'
import { bundle } from './test-site.ts'

/** Milliseconds: longer than anything takes here. */
const PATIENCE_MS = 40_000

/** Remembers the events that reached the page: presses of its one large button, and keys. */
const SCRIPT = `
  import { createFocusTrap } from 'focus-trap'
  globalThis.pressed = []
  globalThis.keys = []
  globalThis.client = import(document.querySelector('script[data-ping-url]').src)
  document.querySelector('#delete').addEventListener('click', () => globalThis.pressed.push('delete'))
  for (const type of ['keydown', 'keyup']) document.addEventListener(type, event => globalThis.keys.push(event.key))
  globalThis.trap = () => createFocusTrap('#trapped', { escapeDeactivates: false }).activate()
`

const STYLE = `
  body { margin: 0 }
  #delete { position: fixed; inset: 4rem 0 0; inline-size: 100% }
`

/** The page below the warning: one large button, a field, and a focus trap's part. */
const BODY = `
  <label>Name <input id="name"></label>
  <div id="trapped"><button id="inside">Inside</button> <input id="field" aria-label="Field"></div>
  <button type="button" id="delete">Delete everything</button>`

/** Opens a signed-in page of a real site, whose warning comes after two seconds. */
export async function withWarnedPage (
  browser: Browser, options: SessionSiteOptions & { readonly hasTouch?: boolean },
  test: (page: Page, site: SessionSite) => Promise<void>
): Promise<void> {
  const script = await bundle(SCRIPT)
  const site = new SessionSite({
    ...options,
    security: { warnAfter: 2, expireAfter: 60, ...options.security },
    extend (app) {
      addPage(app, script)
      options.extend?.(app)
    }
  })
  await site.start()
  try {
    await inQuietContext(browser, { baseURL: site.origin, hasTouch: options.hasTouch === true }, async context => {
      context.setDefaultTimeout(PATIENCE_MS)
      const page = await context.newPage()
      await page.goto('/sign-in')
      await page.goto('/hand')
      await page.mouse.move(5, 5)
      await test(page, site)
    }, /Failed to load resource/)
  } finally {
    await site.stop()
  }
}

function addPage (app: FastifyInstance, script: string): void {
  const passive = { config: { sessionSecurity: { passive: true } } }
  app.get('/hand', {
    preHandler: requireSession({ loginUrl: '/login' })
  }, async (request, reply) => reply.type('text/html').send(`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Record</title><link rel="stylesheet" href="/hand.css">
  ${app.sessionClient.tags(request)}<script type="module" src="/hand.js"></script></head>
  <body>${BODY}</body>
</html>`))
  app.get('/hand.js', passive, async (_request, reply) => reply.type('text/javascript').send(script))
  app.get('/hand.css', passive, async (_request, reply) => reply.type('text/css').send(STYLE))
}

export function dialogOf (page: Page): Locator {
  return page.locator('.session-security-dialog')
}

/** Returns the warning, after the half second in which it still catches typed keys. */
export async function warned (page: Page): Promise<Locator> {
  const dialog = dialogOf(page)
  await dialog.waitFor()
  await page.waitForTimeout(700)
  return dialog
}

export async function centerOf (page: Page, button: string): Promise<{ x: number, y: number }> {
  const { x, y, width, height } =
    await dialogOf(page).getByRole('button', { name: button }).boundingBox() ?? { x: 0, y: 0, width: 0, height: 0 }
  return { x: x + width / 2, y: y + height / 2 }
}

/** Returns the presses of the page's large button, and the keys that reached the page. */
export async function reached (page: Page): Promise<{ pressed: unknown, keys: unknown }> {
  return { pressed: await page.evaluate('pressed'), keys: await page.evaluate('keys') }
}

/** Returns the state of the page's own monitor. */
export async function stateOf (page: Page): Promise<unknown> {
  return await page.evaluate('client.then(({ monitor }) => monitor.getSnapshot().state)')
}
