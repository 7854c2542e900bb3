import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { sessionClient } from '../../src/plugins/session-client.ts'
import { requireSession } from '../../src/request/require-session.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import type { SessionSecurityOptions } from '../../src/options.ts'
import type { Given, SessionKit } from '../../src/testing.ts'
import { sessionKit } from '../../src/testing.ts'
import { SECRET } from '../helpers/app.ts'

const TIMES = { warnAfter: 540, expireAfter: 600 }

/** An application with two pages behind a guard, a page to sign in at, and one without the browser client. */
async function buildApp ({ store }: Pick<Given, 'store'>, options: Partial<SessionSecurityOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false } }, store, userOf: session => session.user, ...TIMES, ...options
  })
  await app.register(sessionClient, { loginUrl: '/login', signOutUrl: '/sign-out' })
  const preHandler = requireSession({ loginUrl: '/login' })
  for (const path of ['/account', '/form']) {
    app.get(path, { preHandler }, async (request, reply) => await reply.type('text/html').send(app.sessionClient.tags(request)))
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

async function kitFor (test: TestContext, options: Partial<SessionSecurityOptions> = {}): Promise<SessionKit<FastifyInstance>> {
  const kit = await sessionKit(async given => await buildApp(given, options), {
    signIn: (browser, user) => browser.post('/sign-in', { user })
  })
  test.after(async () => { await kit.close() })
  return kit
}

describe('the test kit', () => {
  it('warns, hides and leaves a page of which nobody does anything, and says when and for which address', async test => {
    const kit = await kitFor(test)
    const ada = await kit.signIn('ada')
    const tab = await ada.open('/account')
    assert.deepEqual([tab.status, tab.state, tab.url], [200, 'active', '/account'])
    await kit.idle(539)
    assert.deepEqual([tab.state, tab.seen], ['active', []])
    await kit.idle(1)
    assert.deepEqual([tab.state, tab.expiresIn], ['warning', 60])
    await kit.idle(61)
    assert.deepEqual(tab.seen, [
      { after: 540, what: 'warning' }, { after: 600, what: 'hidden' },
      { after: 600, what: 'left', from: '/account', to: '/login?next=%2Faccount&reason=idle', reason: 'idle' }
    ])
    assert.deepEqual([tab.url, tab.status, tab.isHidden], ['/login?next=%2Faccount&reason=idle', 200, false])
  })

  it('shows in a second tab what somebody does in the first', async test => {
    const kit = await kitFor(test)
    const ada = await kit.signIn('ada')
    const [busy, other] = [await ada.open('/form'), await ada.open('/account')]
    await kit.idle(550)
    assert.deepEqual([busy.state, other.state], ['warning', 'warning'])
    await busy.activity()
    assert.deepEqual([busy.state, other.state, other.expiresIn], ['active', 'active', 600])
    await busy.work(3600)
    assert.deepEqual(other.seen, [{ after: 540, what: 'warning' }, { after: 550, what: 'extended' }])
  })
})
