import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import csrfProtection from '@fastify/csrf-protection'
import formBody from '@fastify/formbody'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { requireSession, sessionClient, sessionSecurity } from '../../src/index.ts'
import type { PageTagOptions, SessionClientOptions } from '../../src/index.ts'
import { SECRET } from '../helpers/app.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

const PATIENCE_MS = 40_000

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; " +
  "base-uri 'none'"

interface SiteOptions {
  readonly client?: SessionClientOptions
  readonly lang?: string
  readonly head?: string
  readonly body?: (reply: FastifyReply) => string
  readonly tags?: (reply: FastifyReply) => PageTagOptions
  readonly extend?: (app: FastifyInstance) => Promise<void>
  /** Adds guards of the sign-out. */
  readonly signOut?: (app: FastifyInstance) => object
}

/** Starts a site on loopback whose page warns at once without activity. */
async function startSite (
  { client, lang = 'en', head = '', body = () => '', tags = () => ({}), extend, signOut = () => ({}) }: SiteOptions
): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true })
  app.addHook('onSend', async (_request, reply) => { reply.header('content-security-policy', POLICY) })
  await app.register(sessionSecurity, {
    session: {
      secret: SECRET, cookie: { secure: false }
    },
    userOf: session => session.user,
    warnAfter: 1,
    expireAfter: 60,
    throttle: 0,
    sweep: false
  })
  await extend?.(app)
  await app.register(sessionClient, { signOutUrl: '/sign-out', extendBy: 'button', ...client })
  const send = (request: FastifyRequest, reply: FastifyReply): FastifyReply => reply.type('text/html')
    .send(`<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><title>Page</title>${head}
${app.sessionClient.tags(request, tags(reply))}</head>
<body><h1>Page</h1>${body(reply)}</body></html>`)
  app.get('/sign-in', async (request, reply) => { request.session.user = 'ada'; return await reply.redirect('/') })
  app.get('/', { preHandler: requireSession({ loginUrl: '/login' }) }, async (request, reply) => send(request, reply))
  app.get(
    '/login',
    async (_request, reply) => reply.type('text/html').send('<!doctype html><title>Signed out</title><h1>Sign in</h1>')
  )
  app.get('/favicon.ico', async (_request, reply) => reply.code(204).send())
  app.after(() => {
    app.post('/sign-out', signOut(app), async request => { await request.session.destroy(); return 'bye' })
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app
}

const title = (page: Page) => page.locator('dialog .session-security-title')

describe('the client as it is served', () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  async function onPage (
    options: SiteOptions, test: (page: Page, app: FastifyInstance) => Promise<void>, expected?: RegExp
  ): Promise<void> {
    const app = await startSite(options)
    try {
      await inQuietContext(browser, { baseURL: app.listeningOrigin }, async context => {
        context.setDefaultTimeout(PATIENCE_MS)
        const page = await context.newPage()
        await page.goto('/sign-in')
        await test(page, app)
      }, expected)
    } finally {
      await app.close()
    }
  }

  for (const [what, options, expected, file] of [
    ['<html lang>', { lang: 'pt-PT' }, 'pt', 'pt-pt'],
    ['its attribute, before <html lang>', { lang: 'en', client: { lang: 'de' } }, 'de', 'de'],
    ['English, where there is no such language', { lang: 'tlh' }, 'en', 'tlh'],
    ['English, where none is named', { lang: '' }, 'en', 'en'],
    [
      'the application\'s own',
      { lang: 'he', client: { languages: [{ lang: 'he', dir: 'rtl', title: 'כותרת' }] } },
      'he', 'he'
    ]
  ] as const) {
    it(`speaks the language of ${what}, and loads no other`, () => onPage(options, async page => {
      const asked: string[] = []
      page.on('request', request => { if (request.url().includes('/texts/')) asked.push(request.url()) })
      await page.reload()
      await title(page).waitFor()
      assert.equal(await page.locator('dialog').getAttribute('lang'), expected)
      assert.deepEqual(asked.map(url => /texts\/([\w-]+)\.js$/.exec(url)?.[1]), [file])
    }))
  }

  it('says the application\'s own words, for one page too, without a script in the page', () => onPage({
    lang: 'de',
    client: { texts: { title: 'Noch da?', stay: 'Ja' } },
    tags: () => ({ texts: { stay: 'Bin da — "<&' } })
  }, async page => {
    await title(page).waitFor()
    assert.equal(await title(page).textContent(), 'Noch da?')
    assert.equal(await page.getByRole('button', { name: 'Bin da — "<&' }).count(), 1)
    assert.equal(await page.getByRole('button', { name: 'Abmelden' }).count(), 1)
  }))

  it('warns and guards forms after texts and script could not be loaded at first', async () => {
    let refused = 0
    await onPage({
      lang: 'de',
      body: () => '<form method="post"><input name="a"></form>',
      extend: async app => {
        app.addHook('onRequest', async (request, reply) => {
          if (!/\/(?:texts\/de|texts\/en|forms)\.js$/.test(request.url) || refused >= 3) return
          refused++
          return await reply.code(500).send('away')
        })
      }
    }, async page => {
      await title(page).waitFor()
      assert.equal(await title(page).textContent(), 'Sie werden gleich abgemeldet')
      assert.ok(refused >= 2)
    }, /Failed to load resource|preload/)
  })

  it('works with the files of another version, as while nodes are being exchanged', () => onPage({
    extend: async app => {
      app.addHook('onSend', async (request, reply, payload) => {
        return request.url === '/' && typeof payload === 'string'
          ? payload.replaceAll(/session_security\/[\w-]{16}/g, 'session_security/of_another_node')
          : payload
      })
    }
  }, async page => {
    await title(page).waitFor()
    assert.equal(await page.locator('script[src*="of_another_node"]').count(), 1)
  }))

  it('is not started twice, nor stopped, by attributes that are no JSON or no addresses', () => onPage({
    extend: async app => {
      app.addHook('onSend', async (request, _reply, payload) => {
        if (request.url !== '/' || typeof payload !== 'string') return payload
        return payload.replace(
          /data-view="[^"]*"/, 'data-view="{" data-texts="[" data-login-url="javascript:document.title=1"'
        ).replace('data-sign-out-url="/sign-out"', 'data-sign-out-url="//evil.example"')
      })
    }
  }, async page => {
    await title(page).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0)
  }))

  describe('signs out where the log-out is behind @fastify/csrf-protection', () => {
    const extend = async (app: FastifyInstance): Promise<void> => {
      await app.register(csrfProtection, { sessionPlugin: '@fastify/session' })
    }
    const onRequest = (app: FastifyInstance): object => ({ onRequest: app.csrfProtection })

    async function signsOut (page: Page, app: FastifyInstance): Promise<void> {
      await title(page).waitFor()
      await page.locator('dialog .session-security-quiet')
        .click() // getByRole() fails on a field named «getAttribute»
      await page.waitForURL(url => url.pathname === '/login')
      const { sessions } = await app.sessionSecurity.list({ state: 'ended' })
      assert.deepEqual(sessions.map(session => session.state === 'ended' ? session.reason : session.state), ['logout'])
    }

    it('with the token in the tags, sent as a header, and no body that a parser would be needed for', () => onPage({
      extend, signOut: onRequest, tags: reply => ({ csrfToken: reply.generateCsrf() })
    }, signsOut))

    it('with the token of a meta element', () => onPage({
      extend, signOut: onRequest, body: reply => `<meta name="csrf-token" content="${reply.generateCsrf()}">`
    }, signsOut))

    it('with the page\'s own form, whatever its fields are called', () => onPage({
      client: { forms: 'off' },
      extend: async app => { await app.register(formBody); await extend(app) },
      signOut: app => ({ preHandler: app.csrfProtection }),
      body: reply => `<form method="post" action="/sign-out" data-session-sign-out><input type="hidden"
        name="_csrf" value="${reply.generateCsrf()}">
        <input type="hidden" name="getAttribute"><input type="hidden" name="action"><input type="hidden"
          name="method"><button>Leave</button></form>`
    }, signsOut))

    it('with the page\'s own form, which has no token, and that of a meta element', () => onPage({
      extend,
      signOut: onRequest,
      body: reply => `<meta name="csrf-token" content="${reply.generateCsrf()}">
        <form method="post" action="/sign-out" data-session-sign-out><button>Leave</button></form>`
    }, signsOut))

    it('with a field, where the server reads forms only', () => onPage({
      extend: async app => {
        await app.register(formBody)
        await app.register(
          csrfProtection, { sessionPlugin: '@fastify/session', getToken: request => String(Object(request.body).token) }
        )
      },
      client: { csrfField: 'token' },
      signOut: app => ({ preHandler: app.csrfProtection }),
      tags: reply => ({ csrfToken: reply.generateCsrf() })
    }, signsOut))

    it('and says that it could not where no token is known, while the page stays', () => onPage({
      extend, signOut: onRequest
    }, async page => {
      await title(page).waitFor()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByText('You could not be signed out.').waitFor()
      assert.equal(new URL(page.url()).pathname, '/')
    }, /Failed to load resource/))
  })
})
