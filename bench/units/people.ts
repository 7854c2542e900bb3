import type { ActivityStore, Contents, Device, SessionKey, SessionLimit, Terms } from '../../src/index.ts'

/** Terms of sessions that do not expire during the bench. */
export const TERMS: Terms = { isAuthenticated: true, warnAfter: 3000, expireAfter: 3600, absoluteTimeout: 43_200 }

export const DEVICE: Device = {
  address: '2001:db8:85a3::8a2e:370:7334',
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)'
    .concat(' Chrome/142.0.0.0 Safari/537.36')
}

/** A session, by the arguments that the store's verbs take. */
export interface Person {
  readonly key: SessionKey
  readonly user: string | undefined
}

export interface SignIn {
  readonly user?: string | undefined
  readonly contents?: Contents
  readonly terms?: Terms
  readonly device?: Device
  readonly limit?: SessionLimit
  /** The session that is renewed. */
  readonly renews?: Person
}

let ids = 0

/** Makes the name of a new user. */
export function newUser (): string {
  return `user-${String(++ids).padStart(8, '0')}`
}

/** Makes contents with a user and one long value, as the sessions of `bench/requests` have. */
export function contentsOf (user: string, bytes = 200): Contents {
  return { user: JSON.stringify(user), content: JSON.stringify('x'.repeat(bytes)) }
}

/** Begins a session under a new id. Without `asked.user` it belongs to a new user. */
export async function signIn (store: ActivityStore, asked: SignIn = {}): Promise<Person> {
  const { user = 'user' in asked ? undefined : newUser(), terms = TERMS, device, limit, renews } = asked
  const { contents = contentsOf(user ?? '') } = asked
  const key = store.keyOf(store.idFor(String(++ids).padStart(32, 'i'), user, renews?.key))
  const begun = await store.begin(key, {
    contents,
    terms,
    ...(user === undefined ? {} : { user }),
    ...(device === undefined ? {} : { device }),
    ...(limit === undefined ? {} : { limit }),
    ...(renews === undefined ? {} : { predecessor: { key: renews.key, becomes: 'renewed' } })
  })
  if (begun.state !== 'begun') throw new Error(`a session did not begin: ${begun.state}`)
  return { key, user }
}

const AT_ONCE = 500

/** Calls `act` for every number below `count`, some at a time. */
export async function times<Result> (count: number, act: (i: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let done = 0; done < count; done += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - done)
    results.push(...await Promise.all(Array.from({ length }, async (_, i) => await act(done + i))))
  }
  return results
}
