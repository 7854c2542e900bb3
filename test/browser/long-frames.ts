import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { Browser, Frame, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import type { SessionSite } from './session-site.ts'
import { POLICY, send } from './session-site.ts'
import { isSeen, pause, until, warningOf, withSite } from './site-tabs.ts'

const EDITOR = '<!doctype html><title>Editor</title><textarea></textarea>'

/** Ways in which editors come into a page. */
const WAYS: Record<string, string> = {
  'a frame of this site': `
    const frame = document.createElement('iframe')
    frame.src = '/editor'
    document.body.append(frame)`,
  srcdoc: `
    const frame = document.createElement('iframe')
    frame.srcdoc = ${JSON.stringify(EDITOR)}
    document.body.append(frame)`,
  'about:blank that a script writes': `
    const frame = document.createElement('iframe')
    document.body.append(frame)
    frame.contentDocument.open()
    frame.contentDocument.write(${JSON.stringify(EDITOR)})
    frame.contentDocument.close()`,
  'about:blank that a script fills': `
    const frame = document.createElement('iframe')
    document.body.append(frame)
    frame.contentDocument.body.append(document.createElement('textarea'))`,
  'a frame in a frame': `
    const outer = document.createElement('iframe')
    outer.srcdoc = '<!doctype html><title>Outer</title>'
    outer.addEventListener('load', () => {
      const inner = outer.contentDocument.createElement('iframe')
      inner.srcdoc = ${JSON.stringify(EDITOR)}
      outer.contentDocument.body.append(inner)
    })
    document.body.append(outer)`,
  'a frame in a shadow root': `
    const host = document.createElement('div')
    document.body.append(host)
    const frame = document.createElement('iframe')
    frame.srcdoc = ${JSON.stringify(EDITOR)}
    host.attachShadow({ mode: 'open' }).append(frame)`,
  'a frame that goes to another page': `
    const frame = document.createElement('iframe')
    frame.src = '/editor?first'
    frame.addEventListener('load', () => { frame.contentWindow.location = '/editor' }, { once: true })
    document.body.append(frame)`
}

const EXPIRE = 7

function addPages (app: FastifyInstance): void {
  app.addHook(
    'onSend', async (_request, reply) => { reply.header('content-security-policy', `${POLICY}; frame-src *`) }
  )
  app.get(
    '/editor', { config: { sessionSecurity: { passive: true } } },
    async (_request, reply) => reply.type('text/html').send(EDITOR)
  )
  app.get('/frames', async (request, reply) => send(request, reply, 'Frames', '<p>Frames</p>'))
}

describe('typing in an editor in a frame', { concurrency: 3 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  for (const [what, script] of Object.entries(WAYS)) {
    it(`is activity in ${what}, and no letter is lost`, () => withSite(browser, async page => {
      await page.goto('/frames')
      await page.evaluate(script)
      const frame = await editorIn(page)
      await frame.locator('textarea').click()
      let typed = ''
      for (const end = Date.now() + (EXPIRE + 2) * 1000; Date.now() < end; await pause(150)) {
        await page.keyboard.press('a')
        typed += 'a'
        assert.deepEqual([await warningOf(page).isVisible(), await isSeen(page)], [false, true])
      }
      assert.equal(await frame.locator('textarea').inputValue(), typed)
    }, {
      security: { warnAfter: 5, expireAfter: EXPIRE }, client: { forms: 'off', loginUrl: '/login' }, extend: addPages
    }))
  }
})

describe('a frame of another site', { concurrency: 3 }, () => {
  let browser: Browser
  let stranger: FastifyInstance
  before(async () => {
    browser = await launchBrowser()
    stranger = Fastify()
    stranger.get('/', async (_request, reply) => reply.type('text/html').send(`${EDITOR}<script>
      setInterval(() => parent.postMessage({ type: 'session-security:activity' }, '*'), 100)
    </script>`))
    await stranger.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await browser?.close()
    await stranger?.close()
  })

  /** Opens a page with a frame of another site, which posts activity all the time. */
  async function withStranger (
    isBelieved: boolean, security: object, test: (page: Page, frame: Frame, site: SessionSite) => Promise<void>
  ): Promise<void> {
    const origin = `http://localhost:${new URL(stranger.listeningOrigin).port}`
    await withSite(browser, async (page, site) => {
      await page.goto('/frames')
      await page.evaluate(address => {
        const frame = document.createElement('iframe')
        frame.src = address
        document.body.append(frame)
      }, `${origin}/`)
      await test(page, await editorIn(page), site)
    }, {
      security,
      client: { forms: 'off', loginUrl: '/login' },
      extend: app => {
        addPages(app)
        app.addHook('onSend', async (request, _reply, payload) => {
          const names = isBelieved ? `data-frames="https://else.example ${origin}" data-ping-url` : 'data-ping-url'
          return request.url === '/frames' ? String(payload).replace('data-ping-url', names) : payload
        })
      }
    })
  }

  it('is believed while it has the focus, when the page says so', () => withStranger(true, {
    warnAfter: 5, expireAfter: EXPIRE
  }, async (page, frame) => {
    await frame.locator('textarea').click()
    for (const end = Date.now() + (EXPIRE +
      2) * 1000; Date.now() < end; await pause(150)) assert.equal(await warningOf(page).isVisible(), false)
  }))

  it('is not believed without the focus', () => withStranger(true, {
    warnAfter: 5, expireAfter: EXPIRE
  }, async page => {
    await page.waitForURL(/\/login/)
  }))

  it('is not believed when the page does not say so, whatever it has', () => withStranger(false, {
    warnAfter: 5, expireAfter: EXPIRE
  }, async (page, frame) => {
    await frame.locator('textarea').click()
    await page.waitForURL(/\/login/)
  }))

  it('counts when a person goes to it', () => withStranger(false, {
    warnAfter: 60, expireAfter: 120
  }, async (page, frame, site) => {
    await pause(1500) // the server must not know of it
    await page.evaluate(`import(document.querySelector('script[data-ping-url]').src).then(({ monitor }) => {
      new BroadcastChannel('fss:' + monitor.tag).onmessage = () => { globalThis.counted = true }
    })`)
    await frame.locator('textarea').click()
    await until(async () => await page.evaluate('globalThis.counted') === true) // the other tabs learn of it
    await page.goto('about:blank')
    await until(async () => site.pings.some(ping => ping.startsWith('POST')))
  }))
})

describe('a page with the client in a frame of another one', () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  it('leaves warning and leaving to the page around it', () => withSite(browser, async (page, _site, context) => {
    await page.goto('/framing')
    const frame = page.frames()[1]
    assert.ok(frame !== undefined)
    await until(async () => await frame.evaluate(IS_FRAMED) === true)
    assert.equal(await page.evaluate(IS_FRAMED), false)
    let frameLoads = 0
    context.on('request', request => { if (request.isNavigationRequest() && request.frame() === frame) frameLoads++ })
    await page.getByRole('alertdialog').waitFor()
    assert.equal(await frame.getByRole('alertdialog').count(), 0)
    await page.waitForURL('/login?next=%2Fframing&reason=idle')
    assert.equal(frameLoads, 0)
  }, {
    security: { warnAfter: 3, expireAfter: 5 },
    client: { forms: 'off', loginUrl: '/login' },
    extend: app => {
      addPages(app)
      app.get('/framing', async (request, reply) => send(request, reply, 'Framing', '<iframe src="/other"></iframe>'))
    }
  }))
})

const IS_FRAMED = 'import(document.querySelector("script[data-ping-url]").src).then(({ monitor }) => monitor.isFramed)'

/** Returns the frame with the editor, at any depth. */
async function editorIn (page: Page): Promise<Frame> {
  let found: Frame | undefined
  await until(async () => {
    for (const frame of page.frames().slice(1)) {
      if (!frame.url().includes('first') && await frame.locator('textarea').count() > 0) found = frame
    }
    return found !== undefined
  })
  if (found === undefined) throw new Error('no editor')
  return found
}
