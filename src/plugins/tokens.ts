import { auditRevocation, isAudited } from '../audit.ts'
import { MAX_SECONDS, toMs } from '../core/clock.ts'
import { check, checkText, checkUser, isObject, refuseUnknown } from '../option-checks.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { TokenListOptions } from '../store/token-list.ts'
import { listTokens } from '../store/token-list.ts'
import type { TokenPage, TokenRecord } from '../store/token-store.ts'

export interface TrackedToken {
  /** The token's name: the `jti` of a JWT. Never the token itself. At most 256 characters. */
  readonly id: string
  /** Whose it is. */
  readonly user?: string | number | bigint
  /** When it expires: a date, or seconds since the epoch, as in the `exp` of a JWT. */
  readonly expiresAt: Date | number
  /** What it is for. At most 256 characters. */
  readonly note?: string
}

/**
 * `fastify.sessionSecurity.tokens`: login JWTs and API tokens, which nobody can take back otherwise. Only what has been tracked
 * counts as active, so that a registry which has lost something lets nobody in (RFC 7009 names the need).
 *
 * Every call throws {NoListingStoreError} without a store that can list, {BadOptionError} for a bad argument and
 * {StoreUnavailableError} when the store cannot be asked.
 */
export class Tokens {
  readonly #store: (call: string) => ActivityStore

  constructor (store: (call: string) => ActivityStore) {
    this.#store = store
  }

  /**
   * Notes a token that was issued. One that is known stays as it is, but lives as long as the longest life that was told of
   * it: a revocation cannot be undone.
   */
  async track (token: TrackedToken): Promise<TokenRecord> {
    checkObject('token', token, ['id', 'user', 'expiresAt', 'note'])
    const { id, user, expiresAt, note } = token
    checkText('id', id)
    if (user !== undefined) checkUser(user)
    if (note !== undefined) checkText('note', note)
    check('expiresAt', expiresAt, 'a date, or seconds since the epoch', isExpiry)
    const expiresAtMs = momentOf(expiresAt)
    const whose = user === undefined ? {} : { user: String(user) }
    const noted = note === undefined ? {} : { note }
    return await this.#store('tokens.track()').tokens.track({ id, expiresAtMs, ...whose, ...noted })
  }

  /**
   * `false` for a token that was revoked, has expired or was never tracked; with `user`, also for one that was tracked for
   * somebody else, or for nobody.
   */
  async isActive (
    id: string, options: { readonly user?: string | number | bigint | undefined } = {}
  ): Promise<boolean> {
    checkText('id', id)
    checkObject('options', options, ['user'])
    const { user } = options
    if (user !== undefined) checkUser(user)
    const token = await this.#store('tokens.isActive()').tokens.find(id)
    return token?.state === 'active' && (user === undefined || token.user === String(user))
  }

  /** `null` for one that has expired or was never tracked. */
  async get (id: string): Promise<TokenRecord | null> {
    checkText('id', id)
    return await this.#store('tokens.get()').tokens.find(id)
  }

  /**
   * Revokes a token, for good: at once, on all nodes. One that is tracked later, or once more, is revoked as well: for 30
   * days, and for as long as the longest life that a token was said to have.
   * @returns whether it was known
   * @throws {UnreadableTokenError} when a later version wrote its record, or something else did: it counts as not active
   */
  async revoke (id: string, options: { readonly by?: string } = {}): Promise<boolean> {
    checkText('id', id)
    checkObject('options', options, ['by'])
    const { by } = options
    if (by !== undefined) checkText('by', by)
    const store = this.#store('tokens.revoke()')
    const wasKnown = await store.tokens.revoke(id, by)
    if (isAudited()) auditRevocation({ what: 'token', atMs: store.timeOfDay(), token: id, count: Number(wasKnown), by })
    return wasKnown
  }

  /** Revokes all tokens of a user that have been tracked. @returns how many were active. */
  async revokeUser (user: string | number | bigint, options: { readonly by?: string } = {}): Promise<number> {
    checkUser(user)
    checkObject('options', options, ['by'])
    const { by } = options
    if (by !== undefined) checkText('by', by)
    const store = this.#store('tokens.revokeUser()')
    const count = await store.tokens.revokeUser(String(user), by)
    if (isAudited()) auditRevocation({ what: 'tokens', atMs: store.timeOfDay(), user: String(user), count, by })
    return count
  }

  /** Those that have not expired, page by page, in no order that is promised. `limit`: 1 to 1000, default 50. */
  async list (options: TokenListOptions = {}): Promise<TokenPage> {
    return await listTokens(this.#store('tokens.list()').tokens, options)
  }
}

/** No number of milliseconds since 1972 is as small. */
const LATEST_MS = toMs(MAX_SECONDS) * 2

/** Arithmetic alone would take `true` for a second, and texts for numbers. */
function isExpiry (value: unknown): value is Date | number {
  if (typeof value !== 'number' && !(value instanceof Date)) return false
  const expiresAtMs = momentOf(value)
  return expiresAtMs > 0 && expiresAtMs < LATEST_MS
}

function momentOf (expiresAt: Date | number): number {
  return expiresAt instanceof Date ? expiresAt.getTime() : toMs(expiresAt)
}

/** Refuses what is no object, and names that it does not have: a revocation would else be by nobody. */
function checkObject (name: string, value: object, known: readonly string[]): void {
  check(name, value, `an object with some of ${known.join(', ')}`, isObject)
  refuseUnknown(value, known)
}
