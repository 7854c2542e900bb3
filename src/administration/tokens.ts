import { auditRevocation, isAudited } from '../diagnostics/audit.ts'
import { MAX_SECONDS, toMs } from '../core/clock.ts'
import { check, checkText, checkUser, refuseUnknown } from '../option-checks.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { TokenListOptions } from '../store/token-list.ts'
import { listTokens } from '../store/token-list.ts'
import type { TokenPage, TokenRecord } from '../store/token-store.ts'

/** A token that the application has issued. */
export interface TrackedToken {
  /** The token's name: the `jti` of a JWT. Never the token itself. At most 256 characters. */
  readonly id: string
  /** The id of its user. Default: it belongs to nobody. */
  readonly user?: string | number | bigint
  /** The moment of its expiry: a date, or seconds since the epoch (`exp`). */
  readonly expiresAt: Date | number
  /** A note for lists, such as the purpose of the token. At most 256 characters. Default none. */
  readonly note?: string
}

/**
 * Revokes login JWTs and API tokens by a registry: `fastify.sessionSecurity.tokens`.
 *
 * Only a tracked token counts as active, so that a registry which has lost a record lets nobody in.
 *
 * Every call rejects with {NoListingStoreError} without a store that can list, with {BadOptionError} or
 * {UnknownOptionError} for a wrong argument, and with {StoreUnavailableError} when the store cannot be asked.
 */
export class Tokens {
  readonly #store: (call: string) => ActivityStore

  constructor (store: (call: string) => ActivityStore) {
    this.#store = store
  }

  /**
   * Notes a token that was issued.
   *
   * A known token keeps its state, since a revocation is final, and the later of its moments of expiry counts.
   * @returns the token as the registry knows it now
   */
  async track (token: TrackedToken): Promise<TokenRecord> {
    refuseUnknown(token, ['id', 'user', 'expiresAt', 'note'], 'token')
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
   * Tells whether a token is good.
   * @param options.user the user to whom the token must belong. Default: it may belong to anybody
   * @returns `false` for a token that was revoked, has expired, was never tracked, or belongs to another user or nobody
   */
  async isActive (
    id: string, options: { readonly user?: string | number | bigint | undefined } = {}
  ): Promise<boolean> {
    checkText('id', id)
    refuseUnknown(options, ['user'])
    const { user } = options
    if (user !== undefined) checkUser(user)
    const token = await this.#store('tokens.isActive()').tokens.find(id)
    return token?.state === 'active' && (user === undefined || token.user === String(user))
  }

  /** Finds a token. @returns `null` if it has expired or was never tracked */
  async get (id: string): Promise<TokenRecord | null> {
    checkText('id', id)
    return await this.#store('tokens.get()').tokens.find(id)
  }

  /**
   * Revokes a token for good, at once and on all nodes.
   *
   * It stays revoked if it is tracked later, or once more: for 30 days, and for as long as any token was said to live.
   * @param options.by the name of the person who revokes it, at most 256 characters
   * @returns whether it was known
   * @throws {UnreadableTokenError} when a later version of this package, or something else, wrote its record
   */
  async revoke (id: string, options: { readonly by?: string } = {}): Promise<boolean> {
    checkText('id', id)
    refuseUnknown(options, ['by'])
    const { by } = options
    if (by !== undefined) checkText('by', by)
    const store = this.#store('tokens.revoke()')
    const wasKnown = await store.tokens.revoke(id, by)
    if (isAudited()) auditRevocation({ what: 'token', atMs: store.timeOfDay(), token: id, count: Number(wasKnown), by })
    return wasKnown
  }

  /** Revokes all tracked tokens of a user. @returns the number of tokens that were active */
  async revokeUser (user: string | number | bigint, options: { readonly by?: string } = {}): Promise<number> {
    checkUser(user)
    refuseUnknown(options, ['by'])
    const { by } = options
    if (by !== undefined) checkText('by', by)
    const store = this.#store('tokens.revokeUser()')
    const count = await store.tokens.revokeUser(String(user), by)
    if (isAudited()) auditRevocation({ what: 'tokens', atMs: store.timeOfDay(), user: String(user), count, by })
    return count
  }

  /**
   * Lists the tokens that have not expired, page by page, in no promised order.
   * @param options.limit 1 to 1000, default 50
   */
  async list (options: TokenListOptions = {}): Promise<TokenPage> {
    return await listTokens(this.#store('tokens.list()').tokens, options)
  }
}

/** The limit that tells seconds from milliseconds. Milliseconds since 1972 are always larger. */
const LATEST_MS = toMs(MAX_SECONDS) * 2

/** Accepts a date or a number. Arithmetic alone would take `true` for a second, and texts for numbers. */
function isExpiry (value: unknown): value is Date | number {
  if (typeof value !== 'number' && !(value instanceof Date)) return false
  const expiresAtMs = momentOf(value)
  return expiresAtMs > 0 && expiresAtMs < LATEST_MS
}

function momentOf (expiresAt: Date | number): number {
  return expiresAt instanceof Date ? expiresAt.getTime() : toMs(expiresAt)
}
