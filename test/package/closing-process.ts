import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { sessionSecurity } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import { SECRET } from '../helpers/app.ts'
import { run, snippet } from './run-snippet.ts'

// The README's example of a RedisStore, as it stands, in a process that SIGTERM closes: nothing ends it by force.
const app = Fastify()
const code = `${snippet('Sessions in Redis', 'new RedisStore(')}\nreturn store`
const store = await run(code, { app, Redis, RedisStore }) as RedisStore
const session = { secret: SECRET, cookie: { secure: false } }
await app.register(sessionSecurity, { session, store, userOf: ({ user }) => user, sweep: { every: 0.1 } })
app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
let enter = (): void => {}
const entered = new Promise<void>(resolve => { enter = resolve })
app.post('/sign-out', async ({ session }) => {
  enter()
  await session.destroy()
})
await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.listeningOrigin
const { headers, status } = await fetch(`${address}/sign-in`, { method: 'POST', headers: { connection: 'close' } })
process.once('SIGTERM', async () => {
  const cookie = String(headers.get('set-cookie')).split(';')[0] ?? ''
  const answer = fetch(`${address}/sign-out`, { method: 'POST', headers: { cookie, connection: 'close' } })
  await Promise.race([entered, answer]) // it is under way when the server closes
  await app.close()
  console.log('closed', (await answer).status)
})
console.log('ready', status)
