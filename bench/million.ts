/**
 * A million sessions in Redis, half of them due: how fast the sweep ends them, what another client feels meanwhile, and what a
 * session weighs beside connect-redis with the same content.
 *
 *     npm run bench:million -- [sessions]
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { RedisStore as ConnectRedis } from 'connect-redis'
import { RedisStore } from '../src/redis.ts'
import { handleOf } from '../src/store/handle.ts'
import { startRedis } from '../test/helpers/redis-server.ts'

const COUNT = Number(process.argv[2] ?? 1_000_000)
const AT_ONCE = 500

/** 200 bytes of JSON, as a small application keeps them. */
const CONTENT = { user: { id: 4711, name: 'Ada Lovelace', roles: ['editor', 'auditor'] }, csrf: 'x'.repeat(32), cart: [17, 4, 2026], theme: 'dark', locale: 'en-GB', flags: { beta: true, tour: false } }
const COOKIE = { originalMaxAge: 36e5, expires: new Date(Date.now() + 36e5).toISOString(), secure: true, httpOnly: true, path: '/', sameSite: 'lax' }
const TERMS = { protected: true, warnAfter: 540, expireAfter: 3600, absoluteTimeout: 43_200 } as const

const server = await startRedis()
const client = server.connect({ enableAutoPipelining: true })
const store = new RedisStore({ client, commandTimeout: 60 })

console.log(`${COUNT} sessions of ${JSON.stringify(CONTENT).length} bytes, ${/redis_version:(\S+)/.exec(await client.info('server'))?.[1]}, Node ${process.version}`)
await weighPeer()
await client.flushall()
await weighOurs()
await sweepBesideAnother()
await server.stop()

async function weighPeer (): Promise<void> {
  const peer = new ConnectRedis({ client, prefix: 'sess:', ttl: 3600 })
  const session = { ...CONTENT, cookie: COOKIE }
  await weigh('connect-redis', async i => await new Promise<void>((resolve, reject) => peer.set(idOf(i), session as never, (error: unknown) => error == null ? resolve() : reject(error))))
}

async function weighOurs (): Promise<void> {
  const contents = Object.fromEntries(Object.entries(CONTENT).map(([key, value]) => [key, JSON.stringify(value)]))
  await weigh('RedisStore, index included', async i => {
    await store.create(handleOf(idOf(i)), contents, i % 2 === 0 ? TERMS : { ...TERMS, warnAfter: 0.5, expireAfter: 1 })
  })
}

async function weigh (name: string, create: (i: number) => Promise<unknown>): Promise<void> {
  const before = await usedMemory()
  const startedMs = performance.now()
  for (let i = 0; i < COUNT; i += AT_ONCE) await Promise.all(Array.from({ length: Math.min(AT_ONCE, COUNT - i) }, (_, j) => create(i + j)))
  const seconds = (performance.now() - startedMs) / 1000
  console.log(`${name}: ${((await usedMemory() - before) / COUNT).toFixed(0)} bytes per session; ${(COUNT / seconds).toFixed(0)} written per second`)
}

async function sweepBesideAnother (): Promise<void> {
  const other = fork(fileURLToPath(new URL('other-client.ts', import.meta.url)), [server.path], { execArgv: ['--import', 'tsx'] })
  console.log('another client alone:', await measured(2000))
  const [startedMs, cpuBefore] = [performance.now(), await redisCpu()]
  let [swept, batches, longestMs] = [0, 0, 0]
  for (let more = true; more;) {
    const sentMs = performance.now()
    const batch = await store.claimDue(100)
    longestMs = Math.max(longestMs, performance.now() - sentMs)
    await store.acknowledge(batch.sessions.map(({ handle }) => handle))
    swept += batch.sessions.length
    batches++
    more = batch.more
  }
  const seconds = (performance.now() - startedMs) / 1000
  console.log(`swept ${swept} in ${seconds.toFixed(1)} s: ${(swept / seconds).toFixed(0)} per second, ${batches} batches, the longest ${longestMs.toFixed(1)} ms, Redis CPU ${(((await redisCpu()) - cpuBefore) / swept * 1e6).toFixed(0)} µs per session`)
  console.log('another client meanwhile:', await measured())
  other.send('end')
  await once(other, 'exit')

  async function measured (waitMs?: number): Promise<unknown> {
    if (waitMs !== undefined) await new Promise(resolve => setTimeout(resolve, waitMs))
    other.send('report')
    return (await once(other, 'message'))[0]
  }
}

async function usedMemory (): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
}

async function redisCpu (): Promise<number> {
  const info = await client.info('cpu')
  return ['user', 'sys'].reduce((sum, kind) => sum + Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(info)?.[1]), 0)
}

function idOf (i: number): string {
  return `session-id-of-32-characters-${String(i).padStart(8, '0')}`
}
