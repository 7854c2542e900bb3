import { NoListingStoreError } from '../../errors.ts'
import type { TokenStore } from '../token-store.ts'

/**
 * Refuses all: a store that only knows ids of sessions keeps no tokens.
 * @throws {NoListingStoreError} always
 */
export const NO_TOKENS: TokenStore = {
  track: async () => refuse('track'),
  find: async () => refuse('find'),
  revoke: async () => refuse('revoke'),
  revokeUser: async () => refuse('revokeUser'),
  list: async () => refuse('list'),
  count: async () => refuse('count')
}

function refuse (method: keyof TokenStore): never {
  throw new NoListingStoreError(`tokens.${method}()`)
}
