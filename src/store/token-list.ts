import { checkPaging, checkUser, refuseUnknown } from '../option-checks.ts'
import { boundCursor, unboundCursor } from './bound-cursor.ts'
import type { TokenPage, TokenStore } from './token-store.ts'

/** The tokens of a list. */
export interface TokenListOptions {
  readonly user?: string | number | bigint
  /** The most of a page, 1 to 1000. Default 50. */
  readonly limit?: number
  /** The cursor of the page before. */
  readonly cursor?: string
}

/**
 * Tokens that have not expired, page by page, in no order that is promised.
 * @throws {BadOptionError | UnknownOptionError}
 */
export async function listTokens (tokens: TokenStore, options: TokenListOptions = {}): Promise<TokenPage> {
  refuseUnknown(options, ['user', 'limit', 'cursor'])
  const { limit = 50 } = options
  if (options.user !== undefined) checkUser(options.user)
  checkPaging(limit, options.cursor)
  const ofUser = options.user === undefined ? {} : { user: String(options.user) }
  const asked = { tokens: true, ...ofUser }
  const cursor = unboundCursor(asked, options.cursor)
  const page = await tokens.list({ limit, ...ofUser, ...(cursor === undefined ? {} : { cursor }) })
  return { ...page, cursor: boundCursor(asked, page.cursor) }
}
