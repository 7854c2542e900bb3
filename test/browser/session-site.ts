import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { MemoryStore, requireSession, sessionClient, sessionSecurity } from '../../src/index.ts'
import type { SessionClientOptions, SessionSecurityOptions } from '../../src/index.ts'
import { SECRET } from '../helpers/app.ts'

/** The policy of a careful site. It refuses inline code and styles, and files from elsewhere. */
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'"

const PAGE_SCRIPT = `
  document.querySelector('#mischief')?.addEventListener('click', () => setInterval(() => {
    scrollBy(0, scrollY > 100 ? -50 : 50)
    document.querySelector('#restless').hidden = !document.querySelector('#restless').hidden
    for (const type of ['pointerdown', 'pointermove', 'wheel', 'click', 'input']) dispatchEvent(new Event(type, {
      bubbles: true }))
    dispatchEvent(new KeyboardEvent('keydown', { key: 'a' }))
    document.querySelector('#restless').click()
  }, 100))
`

export interface SessionSiteOptions {
  readonly security?: Partial<SessionSecurityOptions>
  readonly client?: SessionClientOptions
  /** Adds to the site. */
  readonly extend?: (app: FastifyInstance) => void
}

/**
 * A site on loopback with a page for members and a sign-in. It can go away, and come back at the same address with the
 * same sessions.
 */
export class SessionSite {
  /** The pings that reached it, as `GET ?idleFor=0`. */
  readonly pings: string[] = []
  /** Answers the pings in place of the ping route. */
  answer: ((request: FastifyRequest, reply: FastifyReply) => unknown) | null = null
  app: FastifyInstance
  readonly #store = new MemoryStore()
  readonly #options: SessionSiteOptions
  #port = 0

  constructor (options: SessionSiteOptions = {}) {
    this.#options = options
    this.app = Fastify()
  }

  get origin (): string {
    return this.app.listeningOrigin
  }

  async start (): Promise<void> {
    const app = this.app = Fastify({ forceCloseConnections: true })
    app.addHook('onRequest', async (request, reply) => {
      reply.header('content-security-policy', POLICY)
      if (!request.url.startsWith('/session_security/ping')) return
      const [, query = ''] = request.url.split('?')
      this.pings.push(`${request.method} ${query}`)
      if (this.answer !== null) await this.answer(request, reply)
    })
    await app.register(sessionSecurity, {
      session: { secret: SECRET, cookie: { secure: false } },
      store: this.#store,
      userOf: session => session.user,
      warnAfter: 3,
      expireAfter: 6,
      allowShortWarning: true,
      throttle: 0,
      sweep: false,
      ...this.#options.security
    })
    // If pings are answered as in Django, a page has a script of its own.
    const other = this.#options.security?.pingFormat === 'seconds' ? { pingUrl: '/no-ping' } : {}
    await app.register(sessionClient, { signOutUrl: '/sign-out', ...other, ...this.#options.client })
    addPages(app)
    this.#options.extend?.(app)
    await app.listen({ host: '127.0.0.1', port: this.#port })
    const address = app.server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }

  async stop (): Promise<void> {
    await this.app.close()
  }
}

/** Sends a page of the site that carries the client. */
export function send (request: FastifyRequest, reply: FastifyReply, title: string, body: string): FastifyReply {
  return reply.type('text/html').send(`<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${title}</title>${request.server.sessionClient.tags(request)}<script type="module"
    src="/page.js"></script></head>
  <body><main><h1>${title}</h1>${body}</main></body>
</html>`)
}

function addPages (app: FastifyInstance): void {
  app.get(
    '/login',
    async (request, reply) => send(
      request, reply, 'Sign in', `<p id="reason">${String(Object(request.query).reason)}</p>`
    )
  )
  app.get('/sign-in', async (request, reply) => {
    request.session.user = String(Object(request.query).user ?? 'ada')
    return await reply.redirect('/')
  })
  app.post('/sign-out', async (request, reply) => {
    await request.session.destroy()
    return await reply.redirect('/login')
  })
  for (const [path, title] of [['/', 'Record'], ['/other', 'Other']] as const) {
    app.get(path, {
      preHandler: requireSession({ loginUrl: '/login' })
    }, async (request, reply) => send(request, reply, title, `
      <a href="/other">Other</a> <button type="button" id="mischief">Mischief</button> <button type="button"
        id="restless">Restless</button>
      ${'<p>A long text.</p>'.repeat(100)}`))
  }
  app.get('/poll', { config: { sessionSecurity: { passive: true } } }, async () => 'nothing new')
  app.get('/api', async () => 'done')
  app.get(
    '/page.js', { config: { sessionSecurity: { passive: true } } },
    async (_request, reply) => reply.type('text/javascript').send(PAGE_SCRIPT)
  )
  app.get(
    '/favicon.ico', { config: { sessionSecurity: { passive: true } } },
    async (_request, reply) => reply.code(204).send()
  )
}
