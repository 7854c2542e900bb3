import { setTimeout } from 'node:timers/promises'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import type { SessionSecurityOptions } from '../../src/index.ts'
import { sessionSecurity } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'

// A node in a process of its own: `admin-node.ts <socket of Redis> <options as JSON>`. It sends its address to its
// parent, and ends with it.

type Limit = Pick<SessionSecurityOptions, 'maxSessionsPerUser' | 'atMaxSessions'>

const [path = '', options = '{}'] = process.argv.slice(2)
const limit = JSON.parse(options) as Limit
const client = new Redis({ path })
const app = Fastify()
app.register(sessionSecurity, {
  session: { secret: 'a secret that is long enough for a test', cookie: { secure: false } },
  store: new RedisStore({ client }),
  sweep: false,
  userOf: session => session.user,
  ...limit
})
app.after(() => {
  app.post<{ Params: { user: string } }>('/sign-in/:user', async request => {
    request.session.user = request.params.user
    return 'welcome'
  })
  app.get('/', async request => ({ user: request.session.user ?? null, handle: request.sessionSecurity.handle }))
  app.post<{ Params: { handle: string } }>(
    '/end/:handle', async request => await app.sessionSecurity.end(request.params.handle)
  )
  // The handler goes on when another request tells it to, which may come to another node.
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
