/** A login JWT or an API token, as the registry knows it. Times are the store's. */
export interface TokenRecord {
  /** The token's name: the `jti` of a JWT. Never the token itself. */
  readonly id: string
  readonly user?: string
  /** A text of the application's, such as what the token is for. */
  readonly note?: string
  readonly state: 'active' | 'revoked'
  readonly trackedAtMs: number
  /** When the token expires, and is forgotten here. */
  readonly expiresAtMs: number
  readonly revokedAtMs?: number
  /** The name of the person who revoked it. */
  readonly revokedBy?: string
}

export type NewToken = Pick<TokenRecord, 'id' | 'user' | 'note' | 'expiresAtMs'>

export interface TokenQuery {
  /** Only this user's. */
  readonly user?: string
  /** The most rows of a page. */
  readonly limit: number
  /** The cursor of the page before. Absent: the first page. */
  readonly cursor?: string
}

/** Part of a list. It may be shorter than asked for, even empty, though there are more. */
export interface TokenPage {
  readonly tokens: readonly TokenRecord[]
  /** For the next page; `null` when there is none. */
  readonly cursor: string | null
}

/**
 * The shortest time for which a revocation is kept: 30 days. The token may be tracked late or once more. A revocation
 * is kept for longer if any token lives for longer.
 */
export const REVOKED_FOR_MS = 30 * 86_400_000

/**
 * The token registry of a store. Every method is atomic for the token that it names, and goes by the store's own clock.
 * A rejection means that the store could not be asked.
 */
export interface TokenStore {
  /**
   * Tracks a token that was issued. A known token stays as it is, but lives as long as the longest life that it was
   * tracked with. A revoked token stays revoked. The store keeps no expired token.
   */
  track (token: NewToken): Promise<TokenRecord>

  /** `null`: never tracked, or expired. */
  find (id: string): Promise<TokenRecord | null>

  /**
   * Revokes a token for good. A token that is tracked later under its id is revoked too, for {@link REVOKED_FOR_MS} and
   * for the longest life that any token was tracked with. A token that was revoked before stays as it was.
   * @returns whether the token was known
   * @throws {UnreadableTokenError} if its record cannot be read. The record stays as it is, and the token counts as not
   * active.
   */
  revoke (id: string, by?: string): Promise<boolean>

  /**
   * Revokes all tokens of a user that have been tracked.
   * @returns how many were active.
   */
  revokeUser (user: string, by?: string): Promise<number>

  /**
   * Lists tokens that have not expired, in no particular order. Bounded work.
   * @throws {BadOptionError} for a cursor that the store did not give
   */
  list (query: TokenQuery): Promise<TokenPage>

  /** Counts tokens that have not expired. */
  count (): Promise<number>
}
