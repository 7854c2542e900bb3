import { setTimeout } from 'node:timers/promises'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { sessionSecurity } from '../../src/index.ts'
import type { ActivityOptions } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'

// A node in a process of its own: `admin-node.ts <socket of Redis> <options as JSON>`. It says its port, and ends with its parent.

const [path = '', options = '{}'] = process.argv.slice(2)
const { maxSessionsPerUser, atMaxSessions } = JSON.parse(options) as Pick<ActivityOptions, 'maxSessionsPerUser' | 'atMaxSessions'>
const client = new Redis({ path })
const store = new RedisStore({ client })
const app = Fastify()
app.register(cookie)
app.register(session, { secret: 'a secret that is long enough for a test', store, saveUninitialized: false, cookie: { secure: false } })
app.register(sessionSecurity, {
  store,
  sweep: false,
  userOf: request => request.session.user,
  ...(maxSessionsPerUser === undefined ? {} : { maxSessionsPerUser }),
  ...(atMaxSessions === undefined ? {} : { atMaxSessions })
})
app.after(() => {
  app.post<{ Params: { user: string } }>('/sign-in/:user', async request => {
    request.session.user = request.params.user
    return 'welcome'
  })
  app.get('/', async request => ({ user: request.session.user ?? null, handle: request.sessionSecurity.handle }))
  app.post<{ Params: { handle: string } }>('/end/:handle', async request => await app.sessionSecurity.end(request.params.handle))
  // Goes on when it is told to by another request, which may come to another node.
  app.get<{ Params: { door: string } }>('/slow/:door', async request => {
    while (await client.get(`door:${request.params.door}`) === null) {
      await client.set(`waiting:${request.params.door}`, '1')
      await setTimeout(5)
    }
    Object.assign(request.session, { note: 'written late' })
    return { user: request.session.user }
  })
})
process.once('disconnect', async () => {
  await app.close()
  client.disconnect()
})
const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.(address)
