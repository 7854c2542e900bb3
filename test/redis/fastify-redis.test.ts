import assert from 'node:assert/strict'
import { it } from 'node:test'
import fastifyRedis from '@fastify/redis'
import Fastify from 'fastify'
import { RedisStore } from '../../src/redis.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { addSignIn, gate, pass, SECRET } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { LogCapture } from '../helpers/log-capture.ts'
import { until } from '../helpers/redis-process.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'

const redis = redisOfSuite()

it('the client of @fastify/redis serves a store, and is closed behind notifications that are under way', async t => {
  const log = new LogCapture()
  const app = Fastify({ logger: { level: 'warn', stream: log } })
  t.after(async () => await app.close())
  await app.register(fastifyRedis, { path: redis.server.path })
  const notified = gate()
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false } },
    store: new RedisStore({ client: app.redis }),
    userOf: session => session.user,
    onSessionEnd: async () => await pass(notified)
  })
  addSignIn(app)
  const browser = new BrowserJar(app)
  await browser.post('/sign-in')
  assert.equal((await browser.get('/')).json().user, 'ada')
  assert.equal((await browser.post('/sign-out')).body, 'bye')
  await notified.entered.opened
  const closed = app.close()
  notified.leave.open()
  await closed
  await until('the client is closed', () => app.redis.status === 'end')
  const store = new RedisStore({ client: redis.client })
  assert.deepEqual(await store.stats(), { live: 0, expired: 0, ended: 1, pending: 0, lag: 0 })
  assert.deepEqual(log.lines, [])
})
