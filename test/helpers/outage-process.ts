import { once } from 'node:events'
import { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { buildApp } from './app.ts'
import { FakeClock } from './fake-clock.ts'
import { until } from './redis-process.ts'

// A server that meets an outage of its Redis, and closes in the midst of it: nothing is left to wait for.
const client = new Redis(Number(process.argv[2]), { disconnectTimeout: 100 })
const store = new RedisStore({ client, commandTimeout: 0.2 })
const kit = { name: 'RedisStore', open: () => ({ store, clock: new FakeClock(), held: async () => 0 }) }
const { app, browser } = await buildApp({ kit, security: { sweep: { every: 0.05 }, throttle: 0 } })
// A busy machine may need longer than the timeout of a command.
await until('it is signed in', async () => (await browser.post('/sign-in')).statusCode === 200)
console.log('ready')
await once(process.stdin, 'data') // Redis stands still now
process.stdin.destroy()
console.log((await browser.get('/')).statusCode)
await app.close()
client.disconnect()
