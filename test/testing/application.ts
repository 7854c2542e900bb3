import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { SessionSecurityOptions } from '../../src/options/options.ts'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import { requireSession } from '../../src/request/require-session.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import type { SessionKit } from '../../src/testing.ts'
import { sessionKit } from '../../src/testing.ts'
import { SECRET } from '../helpers/app.ts'

/** Builds an application with guarded pages, a sign-in page, and a page without the client. */
export async function buildApp (
  { store }: { readonly store: ActivityStore }, options: Partial<SessionSecurityOptions> = {}
): Promise<FastifyInstance> {
  const app = Fastify({ trustProxy: true })
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false } },
    store,
    userOf: session => session.user,
    warnAfter: 540,
    expireAfter: 600,
    ...options
  })
  await app.register(sessionClient, { loginUrl: '/login', signOutUrl: '/sign-out' })
  const preHandler = requireSession({ loginUrl: '/login' })
  for (const path of ['/account', '/form']) {
    app.get(
      path, { preHandler },
      async (request, reply) => await reply.type('text/html').send(app.sessionClient.tags(request))
    )
  }
  app.get('/login', async (request, reply) => await reply.type('text/html').send(app.sessionClient.tags(request)))
  app.get('/plain', async () => 'no client')
  app.post<{ Body: { user: string } }>('/sign-in', async (request, reply) => {
    if (request.body.user === 'nobody') return await reply.code(401).send('Wrong')
    request.session.user = request.body.user
    return 'Welcome'
  })
  app.post('/sign-out', async request => { await request.session.destroy() })
  return app
}

/** @param routes adds to the application */
export async function kitFor (
  test: TestContext, options: Partial<SessionSecurityOptions> = {}, routes?: (app: FastifyInstance) => void
): Promise<SessionKit<FastifyInstance>> {
  const kit = await sessionKit(async given => {
    const app = await buildApp(given, options)
    routes?.(app)
    return app
  }, {
    signIn: (browser, user) => browser.post('/sign-in', { user })
  })
  test.after(async () => { await kit.close() })
  return kit
}
