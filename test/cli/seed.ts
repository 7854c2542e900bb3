import assert from 'node:assert/strict'
import type { Device, Handle } from '../../src/index.ts'
import type { RedisStore } from '../../src/redis.ts'
import type { Beginning } from '../../src/store/store.ts'

const TERMS = { isAuthenticated: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: false } as const

export interface Person extends Device {
  readonly user?: string
}

/** Begins an authenticated session, whose id is made of the name. */
export async function signIn (
  store: RedisStore, name: string, { user, ...device }: Person = {}, beginning: Partial<Beginning> = {}
): Promise<Handle> {
  const handle = store.handleOf(store.idFor(name, user))
  const contents = { user: '"x"' }
  const begun = await store.begin(
    handle, { contents, terms: TERMS, device, ...(user === undefined ? {} : { user }), ...beginning }
  )
  assert.equal(begun.state, 'begun')
  return handle
}

export async function signInMany (store: RedisStore, count: number, person: Person = {}): Promise<Handle[]> {
  return await Promise.all(Array.from({ length: count }, async (_, i) => await signIn(store, `many ${i}`, person)))
}
