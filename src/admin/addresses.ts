import type { Handle } from '../store/handle.ts'
import type { SessionListing, TokenListing } from './listing.ts'
import { fieldsOf } from './listing.ts'
import type { Outcome } from './outcome.ts'
import { outcomeFields } from './outcome.ts'

/** Builds the addresses of all links, forms and redirects. */
export class Addresses {
  readonly #home: string
  readonly #base: string

  /** @param prefix the beginning of all routes. A prefix that ends with a slash is the address of the first page */
  constructor (prefix: string) {
    this.#home = prefix === '' ? '/' : prefix
    this.#base = prefix.replace(/\/$/, '')
  }

  sessions (listing: Partial<SessionListing> = {}, outcome?: Outcome): string {
    return this.#at('', fieldsOf(listing), outcome)
  }

  session (handle: Handle, outcome?: Outcome): string {
    return this.#at(`/sessions/${encodeURIComponent(handle)}`, {}, outcome)
  }

  endSession (handle: Handle): string {
    return `${this.session(handle)}/end`
  }

  endSessions (): string {
    return this.#at('/end-sessions')
  }

  endUser (user?: string): string {
    return this.#at('/end-user', user === undefined ? {} : { user })
  }

  tokens (listing: TokenListing = {}, outcome?: Outcome): string {
    return this.#at('/tokens', fieldsOf(listing), outcome)
  }

  revokeToken (id?: string): string {
    return this.#at('/tokens/revoke', id === undefined ? {} : { id })
  }

  revokeUser (user?: string): string {
    return this.#at('/tokens/revoke-user', user === undefined ? {} : { user })
  }

  sweep (): string {
    return this.#at('/sweep')
  }

  live (): string {
    return this.#at('/live')
  }

  #at (path: string, fields: Record<string, string> = {}, outcome?: Outcome): string {
    const query = new URLSearchParams({
      ...fields, ...(outcome === undefined ? {} : outcomeFields(outcome))
    }).toString()
    return (path === '' ? this.#home : `${this.#base}${path}`) + (query === '' ? '' : `?${query}`)
  }
}
