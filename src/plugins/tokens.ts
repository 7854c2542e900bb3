import { MAX_SECONDS, toMs } from '../core/clock.ts'
import { check, checkUser } from '../option-checks.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { TokenPage, TokenRecord } from '../store/token-store.ts'

export interface TrackedToken {
  /** The token's name: the `jti` of a JWT. Never the token itself. At most 256 characters. */
  readonly id: string
  /** Whose it is. */
  readonly user?: string | number
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

  /** Notes a token that was issued. One that is known stays as it is: a revocation cannot be undone. */
  async track ({ id, user, expiresAt, note }: TrackedToken): Promise<TokenRecord> {
    checkText('id', id)
    if (user !== undefined) checkUser(user)
    if (note !== undefined) checkText('note', note)
    const expiresAtMs = expiresAt instanceof Date ? expiresAt.getTime() : toMs(expiresAt)
    const latestMs = toMs(MAX_SECONDS) * 2 // no number of milliseconds since 1972 is as small
    check('expiresAt', expiresAt, 'a date, or seconds since the epoch', () => expiresAtMs > 0 && expiresAtMs < latestMs)
    const token = { id, expiresAtMs, ...(user === undefined ? {} : { user: String(user) }), ...(note === undefined ? {} : { note }) }
    return await this.#store('tokens.track()').tokens.track(token)
  }

  /** `false` for a token that was revoked, has expired or was never tracked. */
  async isActive (id: string): Promise<boolean> {
    checkText('id', id)
    return (await this.#store('tokens.isActive()').tokens.find(id))?.state === 'active'
  }

  /** `null` for one that has expired or was never tracked. */
  async get (id: string): Promise<TokenRecord | null> {
    checkText('id', id)
    return await this.#store('tokens.get()').tokens.find(id)
  }

  /** Revokes a token, for good: at once, on all nodes. @returns whether it was known; it is refused from now on in any case. */
  async revoke (id: string, { by }: { readonly by?: string } = {}): Promise<boolean> {
    checkText('id', id)
    if (by !== undefined) checkText('by', by)
    return await this.#store('tokens.revoke()').tokens.revoke(id, by)
  }

  /** Revokes all tokens of a user that have been tracked. @returns how many were active. */
  async revokeUser (user: string | number, { by }: { readonly by?: string } = {}): Promise<number> {
    checkUser(user)
    if (by !== undefined) checkText('by', by)
    return await this.#store('tokens.revokeUser()').tokens.revokeUser(String(user), by)
  }

  /** Those that have not expired, page by page, in no order that is promised. `limit`: 1 to 1000, default 50. */
  async list ({ user, limit = 50, cursor }: { readonly user?: string | number, readonly limit?: number, readonly cursor?: string } = {}): Promise<TokenPage> {
    if (user !== undefined) checkUser(user)
    check('cursor', cursor, 'the cursor of the page before', () => cursor === undefined || typeof cursor === 'string')
    check('limit', limit, 'a whole number from 1 to 1000', () => Number.isInteger(limit) && limit >= 1 && limit <= 1000)
    return await this.#store('tokens.list()').tokens.list({ limit, ...(user === undefined ? {} : { user: String(user) }), ...(cursor === undefined ? {} : { cursor }) })
  }
}

function checkText (name: string, value: unknown): void {
  check(name, value, 'a text of 1 to 256 characters', () => typeof value === 'string' && value.length > 0 && value.length <= 256)
}
