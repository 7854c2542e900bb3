import { runInThisContext } from 'node:vm'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { sessionSecurity } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import { SECRET } from '../helpers/app.ts'
import { docs } from './docs.ts'

// The README's example of a RedisStore, as it stands, in a process that SIGTERM closes: nothing ends it by force.
const [, code = ''] = /```js\n(import \{ Redis \} from 'ioredis'[\s\S]*?)```/.exec(docs) ?? []
const example = runInThisContext(`(function (Redis, RedisStore, app) { ${code.replaceAll(/^import .*\n/gm, '')}\nreturn store })`)

const app = Fastify()
const store = example(Redis, RedisStore, app) as RedisStore
await app.register(sessionSecurity, { session: { secret: SECRET, cookie: { secure: false } }, store, userOf: ({ user }) => user, sweep: { every: 0.1 } })
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
