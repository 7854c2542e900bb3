import { RedisStore as ConnectRedis } from 'connect-redis'
import type { Redis } from 'ioredis'
import type { UnixRedisServer } from '../../test/helpers/redis-server.ts'
import type { RedisFigures, SweepFigures } from './redis-store.ts'
import { timed, weigh } from './redis-store.ts'
import { whileAnotherAsks } from './neighbour.ts'
import { CONTENT, forEach, idOf } from './sessions.ts'

const COOKIE = {
  originalMaxAge: 36e5,
  expires: new Date(Date.now() + 36e5).toISOString(),
  secure: true,
  httpOnly: true,
  path: '/',
  sameSite: 'lax'
}
const PREFIX = 'sess:'

export async function weighPeer (server: UnixRedisServer, count: number): Promise<RedisFigures> {
  return await weigh(server, client => fill(client, count), count)
}

/**
 * Measures a clean-up as applications without an index write it. The loop reads all keys by SCAN, and deletes each
 * session whose last activity is too long ago. Here all sessions are that old.
 */
export async function cleanUpByScan (server: UnixRedisServer, count: number): Promise<SweepFigures> {
  const client = server.connect()
  await client.flushall()
  await fill(client, count)
  const [{ done, perSecond, redisCpuUs }, felt] = await whileAnotherAsks(server.path, () => timed(client, async () => {
    let deleted = 0
    for await (const keys of client.scanStream({ match: `${PREFIX}*`, count: 100 })) {
      deleted += await deleteIdle(client, keys as string[])
    }
    return deleted
  }))
  if (done < count) throw new Error(`deleted ${done} of ${count}`)
  return { sweptPerSecond: perSecond, redisCpuUs, felt }
}

async function deleteIdle (client: Redis, keys: string[]): Promise<number> {
  if (keys.length === 0) return 0
  const texts = await client.mget(keys)
  const idle = keys.filter((_key, i) => Number(JSON.parse(texts[i] ?? '{}').lastActivity) < Date.now() - 1)
  return idle.length === 0 ? 0 : await client.del(idle)
}

async function fill (client: Redis, count: number): Promise<number> {
  const peer = new ConnectRedis({ client, prefix: PREFIX, ttl: 3600 })
  const session = { ...CONTENT, cookie: COOKIE, lastActivity: Date.now() }
  return await forEach(count, i => new Promise<void>((resolve, reject) => {
    peer.set(idOf(i), session as never, (error: unknown) => error == null ? resolve() : reject(error))
  }))
}
