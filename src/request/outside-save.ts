import { systemClock } from '../core/clock.ts'
import { anonymousTerms } from '../core/policy.ts'
import { LaterVersionError, OutsideSaveError } from '../errors.ts'
import type { SecurityPolicy } from '../options/options.ts'
import type { Contents } from '../store/contents.ts'
import { COOKIE_KEY, difference, refuseTooLarge, serialize } from '../store/contents.ts'
import { identityOf } from './request-policy.ts'

/**
 * Saves plain values under a session id. `request.sessionStore.set()` does so for values that belong to no request.
 *
 * It changes the contents of a session, and never its user: no response would bring a new id to the browser (G15: a
 * sign-in has a new id). A session that is over stays over (G2: an end is final). Values whose cookie has expired begin
 * no session.
 *
 * @throws {OutsideSaveError} for values that would sign in, sign out or change the user
 * @throws {NotSerializableError | ReservedKeyError | SessionTooLargeError} before the store is asked
 * @throws {LaterVersionError}
 */
export async function saveOutside (sessionId: string, values: object, policy: SecurityPolicy): Promise<void> {
  const { store } = policy
  const identity = identityOf(policy, values)
  const contents: Record<string, string> = { ...serialize(values) }
  refuseTooLarge(contents, store)
  const key = store.keyOf(sessionId)
  const loaded = await store.load(key, null)
  if (loaded.state === 'live') {
    const { record, user } = loaded
    if (record.isAuthenticated !== identity.isAuthenticated || user !== identity.user) throw new OutsideSaveError()
    const changes = difference(loaded.contents, withAgeOf(loaded.contents, contents))
    if (changes !== null) await store.update(key, changes)
    return
  }
  if (loaded.state === 'later') throw new LaterVersionError()
  if (identity.isAuthenticated) throw new OutsideSaveError()
  const { originalMaxAge, expires } = cookieIn(values)
  if (loaded.state !== 'unknown' || isPast(expires, systemClock())) return
  const ageMs = typeof originalMaxAge === 'number' && originalMaxAge > 0 ? originalMaxAge : null
  if (ageMs !== null) contents[COOKIE_KEY] = JSON.stringify({ maxAge: ageMs })
  refuseTooLarge(contents, store)
  await store.begin(key, { contents, terms: anonymousTerms(ageMs) })
}

/** Keeps the cookie age of the stored session, whatever the values say. */
function withAgeOf ({ [COOKIE_KEY]: age }: Contents, contents: Contents): Contents {
  return age === undefined ? contents : { ...contents, [COOKIE_KEY]: age }
}

function cookieIn (values: object): { readonly originalMaxAge?: unknown, readonly expires?: unknown } {
  const cookie: unknown = Reflect.get(values, COOKIE_KEY)
  return typeof cookie === 'object' && cookie !== null ? cookie : {}
}

function isPast (expires: unknown, nowMs: number): boolean {
  const date = expires instanceof Date || typeof expires === 'string' ? new Date(expires) : null
  return date !== null && date.getTime() <= nowMs
}
