import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { ActivityStore } from '../store/activity-store.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import { CLIENT_OPTIONS } from '../store/redis/client-options.ts'
import { loadIoredis } from '../store/redis/load-ioredis.ts'
import { RedisStore } from '../store/redis/redis-store.ts'

/** The store of the sessions, and the secret that signs their cookies. */
export interface Backend {
  readonly store: ActivityStore
  readonly secret: string
  close (): void
}

/** Reports to the user why the demo cannot start. */
export class BackendProblem extends Error {}

/** Opens a store in this process, or in Redis, which demos on other ports share. */
export async function openBackend (redisUrl?: string): Promise<Backend> {
  if (redisUrl === undefined) return { store: new MemoryStore(), secret: newSecret(), close () {} }
  const { Redis } = await loadIoredis()
  const client = new Redis(redisUrl, { ...CLIENT_OPTIONS, lazyConnect: true })
  let trouble: Error | undefined // more precise than the error of the command
  client.on('error', error => { trouble = error })
  try {
    return { store: new RedisStore({ client }), secret: await sharedSecret(client), close: () => client.disconnect() }
  } catch (error) {
    client.disconnect()
    const reason = String(trouble?.message ?? error)
    throw new BackendProblem(`The Redis of REDIS_URL, ${hostOf(redisUrl)}, cannot be used: ${reason}`)
  }
}

/**
 * Shares one secret in Redis, since all nodes must sign alike. An application takes its secret from its configuration.
 */
async function sharedSecret (client: Redis): Promise<string> {
  await client.connect()
  const key = 'session-security-demo:secret'
  const secret = newSecret()
  return await client.set(key, secret, 'EX', 86_400, 'NX') === 'OK' ? secret : await client.get(key) ?? secret
}

function newSecret (): string {
  return randomBytes(32).toString('hex')
}

/** Returns the host of a URL, without the password. */
function hostOf (url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'which is no URL'
}
