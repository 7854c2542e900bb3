/** A login JWT or an API token, as the registry knows it. Times are the store's. */
export interface TokenRecord {
  /** The token's name: the `jti` of a JWT. Never the token itself. */
  readonly id: string
  readonly user?: string
  /** What the application wrote beside it, such as what the token is for. */
  readonly note?: string
  readonly state: 'active' | 'revoked'
  readonly trackedAtMs: number
  /** When the token expires, and is forgotten here. */
  readonly expiresAtMs: number
  readonly revokedAtMs?: number
  /** Who revoked it. */
  readonly revokedBy?: string
}

export type NewToken = Pick<TokenRecord, 'id' | 'user' | 'note' | 'expiresAtMs'>

export interface TokenQuery {
  /** Only this user's. */
  readonly user?: string
  /** The most rows of a page. */
  readonly limit: number
  /** That of the page before. Absent: from the beginning. */
  readonly cursor?: string
}

/** Part of a list. It may be shorter than asked for, even empty, though there are more. */
export interface TokenPage {
  readonly tokens: readonly TokenRecord[]
  /** For the next page; `null` when there is none. */
  readonly cursor: string | null
}

/**
 * For how long a revocation is kept at least, in case the token is tracked late or once more: 30 days. It is kept for
 * longer where any token was said to live for longer.
 */
export const REVOKED_FOR_MS = 30 * 86_400_000

/**
 * What a store does for the token registry. Every method is atomic for the token that it names, and goes by the store's own
 * clock. Rejection means that the store could not be asked.
 */
export interface TokenStore {
  /**
   * Notes a token that was issued. One that is known stays as it is, but lives as long as the longest life that was told of
   * it; one that was revoked stays revoked. One that has expired is not kept.
   */
  track (token: NewToken): Promise<TokenRecord>

  /** `null`: never tracked, or expired. */
  find (id: string): Promise<TokenRecord | null>

  /**
   * Revokes a token, for good: what is tracked later under its id is revoked, for {@link REVOKED_FOR_MS} and for the
   * longest life that any token was said to have. One that was revoked before stays as it was.
   * @returns whether it was known.
   * @throws {UnreadableTokenError} when its record cannot be read. It is left as it is, and counts as not active.
   */
  revoke (id: string, by?: string): Promise<boolean>

  /** Revokes all tokens of a user that have been tracked. @returns how many were active. */
  revokeUser (user: string, by?: string): Promise<number>

  /** Those that have not expired, in no order that is promised. Bounded work. @throws {BadOptionError} for a cursor that is none */
  list (query: TokenQuery): Promise<TokenPage>

  /** How many have not expired. */
  count (): Promise<number>
}
