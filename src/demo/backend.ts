import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { ActivityStore } from '../store/activity-store.ts'
import { MemoryStore } from '../store/memory-store.ts'
import { CLIENT_OPTIONS } from '../store/redis/client-options.ts'
import { loadIoredis } from '../store/redis/load-ioredis.ts'
import { RedisStore } from '../store/redis/redis-store.ts'

/** Where the sessions are, and what their cookies are signed with. */
export interface Backend {
  readonly store: ActivityStore
  readonly secret: string
  close (): void
}

/** What keeps the demo from starting, in words for the user. */
export class BackendProblem extends Error {}

/** Sessions in this process; or in Redis, where other demos on other ports find them too. */
export async function openBackend (redisUrl?: string): Promise<Backend> {
  if (redisUrl === undefined) return { store: new MemoryStore(), secret: newSecret(), close () {} }
  const { Redis } = await loadIoredis()
  const client = new Redis(redisUrl, { ...CLIENT_OPTIONS, lazyConnect: true })
  let trouble: Error | undefined // says more than the command that could not be sent
  client.on('error', error => { trouble = error })
  try {
    return { store: new RedisStore({ client }), secret: await sharedSecret(client), close: () => client.disconnect() }
  } catch (error) {
    client.disconnect()
    throw new BackendProblem(`The Redis of REDIS_URL, ${hostOf(redisUrl)}, cannot be used: ${String(trouble?.message ?? error)}`)
  }
}

/** All nodes must sign alike. An application takes its secret from its configuration; these demos agree on one in Redis. */
async function sharedSecret (client: Redis): Promise<string> {
  await client.connect()
  const key = 'session-security-demo:secret'
  const secret = newSecret()
  return await client.set(key, secret, 'EX', 86_400, 'NX') === 'OK' ? secret : await client.get(key) ?? secret
}

function newSecret (): string {
  return randomBytes(32).toString('hex')
}

/** Without the password. */
function hostOf (url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'which is no URL'
}
