import type { Handle } from '../../src/index.ts'
import type { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { Origin } from '../../src/store/store.ts'

export const TERMS = { protected: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: false } as const

export interface Person extends Origin {
  readonly user?: string
}

/** Signs somebody in, under a session id of that name. */
export async function signIn (store: RedisStore, name: string, { user, ...origin }: Person = {}): Promise<Handle> {
  const handle = handleOf(name)
  await store.create(handle, { user: '"x"' }, TERMS)
  await store.settle(handle, { terms: TERMS, origin, ...(user === undefined ? {} : { user }) })
  return handle
}

export async function signInMany (store: RedisStore, count: number, person: Person = {}): Promise<Handle[]> {
  return await Promise.all(Array.from({ length: count }, async (_, i) => await signIn(store, `many ${i}`, person)))
}
