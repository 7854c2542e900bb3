import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import { en } from '../../src/client/locales/en.ts'
import { requireSession, sessionSecurity } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { SECRET } from '../helpers/app.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'
import { until } from '../helpers/redis-process.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run } from '../package/run-snippet.ts'
import { script } from './page.ts'

const FORM = '<form method="post" action="/note" id="note"><label>Note <textarea name="note"></textarea></label>' +
  '<button>Save</button></form>'

/** A site whose Redis the test stops, and the error handler of the docs. */
interface Site {
  readonly app: FastifyInstance
  readonly context: BrowserContext
  readonly pause: () => void
  readonly resume: () => Promise<void>
}

describe('the page for people during an outage, in a browser', () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  const handler = script('docs/operations/outages.md', 'setErrorHandler')

  async function onSite (code: string, test: (site: Site) => Promise<void>): Promise<void> {
    const server = await startRedis()
    const app = Fastify({ forceCloseConnections: true })
    try {
      await app.register(formbody)
      await app.register(sessionSecurity, {
        session: { secret: SECRET, cookie: { secure: false } },
        store: new RedisStore({ client: server.connect() }),
        userOf: ({ user }) => user,
        warnAfter: 1800,
        expireAfter: 3600
      })
      await app.register(sessionClient, { loginUrl: '/sign-in' })
      await run(code, { app })
      addPages(app)
      await app.listen({ host: '127.0.0.1', port: 0 })
      const resume = async (): Promise<void> => {
        server.resume()
        await until('it is over', async () => (await app.sessionSecurity.health()).healthy)
      }
      await inQuietContext(browser, { baseURL: app.listeningOrigin }, async context => {
        await context.request.post('/sign-in')
        await test({ app, context, pause: () => server.pause(), resume })
      }, /503/)
    } finally {
      server.resume()
      await app.close()
      await server.stop()
    }
  }

  function addPages (app: FastifyInstance): void {
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    app.get('/sign-in', async () => 'Sign in')
    app.get('/favicon.ico', async (_request, reply) => await reply.code(204).send())
    app.get('/', { preHandler: requireSession({ loginUrl: '/sign-in' }) }, async (request, reply) => {
      return await reply.type('text/html').send('<!doctype html><html lang="en"><head><title>Note</title>' +
        `${app.sessionClient.tags(request)}</head>${FORM}`)
    })
    app.post('/note', { preHandler: requireSession() }, async ({ session }, reply) => {
      session.a = 1
      return await reply.redirect('/', 303)
    })
  }

  const open = async (context: BrowserContext): Promise<Page> => {
    const page = await context.newPage()
    await page.goto('/')
    await page.evaluate(`import(document.querySelector('script[data-ping-url]').src).then(({ monitor }) =>
      new Promise(resolve => {
        const look = () => { if (monitor.getSnapshot().state === 'active') resolve() }
        monitor.subscribe(look)
        look()
      }))`)
    return page
  }

  const withClient = handler.replace('</title>', '</title>$' + '{app.sessionClient.tags(request)}')
  assert.notEqual(withClient, handler)
  for (const [name, code] of [['as the docs have it', handler], ['that carries the client', withClient]] as const) {
    it(`${name}: other tabs stay, and what was typed is offered afterwards`, async () => {
      await onSite(code, async ({ context, pause, resume }) => {
        const [other, page] = [await open(context), await open(context)]
        await other.getByLabel('Note').fill('Half a sentence')
        await page.getByLabel('Note').pressSequentially('A long note')
        pause()
        await page.getByRole('button', { name: 'Save' }).click()
        await page.getByRole('heading', { name: 'Back in a moment' }).waitFor()
        const reloaded = await context.newPage()
        assert.equal((await reloaded.goto('/'))?.status(), 503)
        await reloaded.getByRole('heading', { name: 'Back in a moment' }).waitFor()
        await resume()
        await page.goBack()
        const filledIn = page.getByLabel('Note') // by the browser, or by the client
        const offer = page.getByRole('button', { name: en.restore })
        await until('the text is there', async () => await filledIn.inputValue() !== '' || await offer.isVisible())
        if (await filledIn.inputValue() === '') await offer.click()
        await until('it is filled in', async () => await filledIn.inputValue() === 'A long note')
        await reloaded.reload()
        await reloaded.getByLabel('Note').waitFor()
        assert.equal(new URL(other.url()).pathname, '/')
        assert.equal(await other.getByLabel('Note').inputValue(), 'Half a sentence')
        assert.ok(await other.getByLabel('Note').isVisible())
      })
    })
  }

  it('is for people: a script gets JSON, and both get the time after which to try again', async () => {
    await onSite(handler, async ({ context, pause }) => {
      pause()
      const answers = await Promise.all(['text/html', 'application/json'].map(async accept =>
        await context.request.get('/', { headers: { accept } })))
      const seen = answers.map(answer => [answer.status(), answer.headers()['retry-after']])
      assert.deepEqual(seen, [[503, '5'], [503, '5']])
      assert.match(await answers[0]?.text() ?? '', /<h1>Back in a moment/)
      assert.equal((await answers[1]?.json()).code, 'FST_SESSION_SECURITY_STORE_UNAVAILABLE')
    })
  })
})
