import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser } from 'playwright-core'
import { requireSession } from '../../src/index.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import type { SessionSite, SessionSiteOptions } from './session-site.ts'
import { send } from './session-site.ts'
import { ask, FAILED_REQUEST, isSeen, openTab, ready, snapshotOf, until, withSite } from './site-tabs.ts'

const PING = '**/session_security/ping**'

/** Leaves the page without a dialog. */
const LEAVE = 'void import(document.querySelector("script[data-ping-url]").src).then(client => client.monitor.leave())'

describe('a page that no ping reaches', { concurrency: 4 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  for (const [what, status] of [
    ['is offline from the beginning', 0], ['is answered 403 each time', 403], ['is answered by a guard each time', 401]
  ] as const) {
    it(`is warned and hidden in time when it ${what}`, () => withSite(browser, async (_page, _site, context) => {
      await context.route(
        PING,
        async route => await (status === 0
          ? route.abort()
          : route.fulfill({ status, body: '{}', contentType: 'application/json' }))
      )
      const page = await openTab(context)
      await until(async () => (await snapshotOf(page)).state === 'offline')
      assert.deepEqual([await isSeen(page), (await snapshotOf(page)).refused], [true, status !== 0])
      await until(async () => !await isSeen(page))
      assert.equal(new URL(page.url()).pathname, '/')
    }, {}, FAILED_REQUEST))
  }

  for (const [what, answer] of [
    ['a redirect to a single sign-on', (_request, reply) => reply.redirect('https://sso.example/')],
    ['a guard\'s 401', (_request, reply) => reply.code(401).send({})],
    ['a portal\'s page', (_request, reply) => reply.type('text/html').send('<!doctype html>')]
  ] as Array<[string, NonNullable<SessionSite['answer']>]>) {
    it(`knows a way out from ${what}`, () => withSite(browser, async (page, site) => {
      await ready(page)
      site.answer = answer
      await ask(page)
      await until(async () => (await snapshotOf(page)).refused)
      await page.evaluate(LEAVE)
      await page.waitForURL('/login?next=%2F')
    }, { client: { loginUrl: '/login' } }, FAILED_REQUEST))
  }
})

describe('at the end', { concurrency: 4 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  it('the way back names the place in the page too', () => withSite(browser, async page => {
    await page.goto('/#/invoice/1')
    await page.waitForURL('/login?next=%2F%23%2Finvoice%2F1&reason=idle')
  }, { client: { loginUrl: '/login' } }))

  it('a page out of the cache is asked of the server next', () => withSite(browser, async (page, site, context) => {
    await page.goto('/kept')
    await ready(page, 3600)
    await page.goto('/other')
    await page.evaluate('location.href = "/kept"')
    await page.waitForURL('/kept')
    await ready(page, 3600)
    await context.request.post('/sign-out')
    site.pings.length = 0
    await ask(page)
    await page.getByText('It is a page of nobody').waitFor()
    assert.equal(site.pings.length, 1)
  }, { security: { warnAfter: 1800, expireAfter: 3600 }, extend: addKeptPage }))

  it('«Back» shows a cached page after an answer only', () => withSite(browser, async (page, site, context) => {
    await page.goto('/kept')
    await ready(page, 3600)
    await page.goto('/other')
    await context.request.post('/sign-out')
    site.answer = async (_request, reply) => await reply.code(503).send({})
    await page.goBack()
    await until(async () => !await isSeen(page))
    await until(async () => (await snapshotOf(page)).state === 'offline')
    assert.deepEqual([await isSeen(page), await page.getByText('It is a page of ada').isVisible()], [false, false])
    site.answer = null
    await page.getByText('It is a page of nobody').waitFor()
  }, { security: { warnAfter: 1800, expireAfter: 3600 }, extend: addKeptPage }, FAILED_REQUEST))

  it('a page with a hash is loaded again, and keeps the hash', () => withSite(browser, async page => {
    await page.goto('/#/invoice/1')
    await page.waitForURL(/\/login/)
    assert.equal(new URL(page.url()).hash, '#/invoice/1')
  }))

  for (const client of [{}, { loginUrl: '/login' }]) {
    const name = `no address leads to another site${'loginUrl' in client ? ', nor does the way back' : ''}`
    it(name, () => withSite(browser, async (page, site, context) => {
      const strangers: string[] = []
      await context.route(/evil\.example\/x/, async route => {
        const { origin } = new URL(route.request().url())
        if (origin !== site.origin) strangers.push(origin)
        await (origin === site.origin ? route.continue() : route.fulfill({ body: 'evil' }))
      })
      await page.goto(`${site.origin}//evil.example/x`)
      await ready(page)
      await page.waitForURL(/\/login|^[^/]+\/\/[^/]+\/evil/)
      assert.deepEqual([strangers, new URL(page.url()).origin], [[], site.origin])
      const next = new URL(page.url()).searchParams.get('next')
      if (next !== null) assert.doesNotMatch(next, /^[/\\]{2}/)
    }, { client, extend: addPages }, FAILED_REQUEST))
  }

  for (const [what, sending] of [
    ['a person sends', async page => await page.getByRole('button', { name: 'Send', exact: true }).click()],
    ['a script sends', async page => await page.getByRole('button', { name: 'Send by script' }).click()]
  ] as Array<[string, (page: Awaited<ReturnType<typeof openTab>>) => Promise<void>]>) {
    it(`a form that ${what} is not cut off`, () => withSite(browser, async (page, site) => {
      const uploads = Uploads.of(site.app)
      await page.goto('/upload')
      const sent = sending(page) // it waits for the next page
      await uploads.begun
      const left = page.waitForURL(url => url.pathname !== '/upload').then(() => 'left', () => 'closed')
      assert.equal(
        await Promise.race([uploads.ended, left]), 'hidden'
      ) // in the page itself: a call from outside waits for the next page
      uploads.finish()
      await sent
      await page.getByRole('heading', { name: 'Stored' }).waitFor()
    }, { ...UPLOADS }))
  }
})

describe('a form that a script reads', () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  it('is not on its way: the page is left in time', () => withSite(browser, async page => {
    await page.goto('/upload')
    await page.getByRole('button', { name: 'Read by script' }).click()
    await page.waitForURL(/\/login/)
  }, { ...UPLOADS }))
})

/** An upload that takes as long as the test wants. */
class Uploads {
  static readonly #all = new WeakMap<FastifyInstance, Uploads>()
  finish = (): void => {}
  begin = (): void => {}
  end = (_looks: string): void => {}
  readonly ended = new Promise<string>(resolve => { this.end = resolve })
  readonly begun = new Promise<void>(resolve => { this.begin = resolve })
  readonly finished = new Promise<void>(resolve => { this.finish = resolve })

  static of (app: FastifyInstance): Uploads {
    const uploads = Uploads.#all.get(app) ?? new Uploads()
    Uploads.#all.set(app, uploads)
    return uploads
  }
}

const UPLOADS: SessionSiteOptions = {
  security: { warnAfter: 2, expireAfter: 4 },
  client: { forms: 'off', loginUrl: '/login' },
  extend: app => {
    app.addContentTypeParser(
      'application/x-www-form-urlencoded', (_request, payload, done) => { payload.resume(); done(null, null) }
    )
    app.get('/upload', async (request, reply) => send(request, reply, 'Upload', `
      <form method="post" action="/upload"><input type="hidden" name="method" value="x"><button>Send</button></form>
      <button type="button" id="by-script">Send by script</button>
      <button type="button" id="read">Read by script</button><script type="module" src="/upload.js"></script>`))
    app.get('/upload.js', async (_request, reply) => reply.type('text/javascript').send(`
      const { monitor } = await import(document.querySelector('script[data-ping-url]').src)
      const looks = () => document.documentElement.hasAttribute('data-session-concealed') ? 'hidden' : 'seen'
      monitor.on('ended', () => setTimeout(() => fetch('/ended?looks=' + looks()), 500))
      document.querySelector('#read').addEventListener('click', () => { new FormData(document.querySelector('form')) })
      document.querySelector('#by-script').addEventListener('click', () => document.querySelector('form').submit())`))
    app.get('/ended', async request => { Uploads.of(app).end(String(Object(request.query).looks)) })
    app.post('/upload', async (_request, reply) => {
      const uploads = Uploads.of(app)
      uploads.begin()
      await uploads.finished
      return await reply.type('text/html').send('<!doctype html><html lang="en"><title>Stored</title><h1>Stored</h1>')
    })
  }
}

function addPages (app: FastifyInstance): void {
  app.get(
    '//evil.example/x', { preHandler: requireSession({ loginUrl: '/login' }) },
    async (request, reply) => send(request, reply, 'Odd', '<p>Odd</p>')
  )
}

/** Adds a page that a careless application lets the browser keep. */
function addKeptPage (app: FastifyInstance): void {
  app.get('/kept', async (request, reply) => {
    reply.header('cache-control', 'private, max-age=600')
    return send(request, reply, 'Kept', `<p>It is a page of ${request.session.user ?? 'nobody'}</p>`)
  })
}
