import { html } from 'ghtml'
import type { TokenPage, TokenRecord } from '../store/token-store.ts'
import { foreign, foreignText, moment, optional } from './format.ts'
import type { Around } from './layout.ts'
import { columnHead, fold, page, pager, searchForm } from './layout.ts'
import type { TokenListing } from './listing.ts'

const HEADERS = ['Token', 'User', 'State', 'Note', 'Registered', 'Expires', 'Action']

/** Shows the search and a page of the token registry. */
export function tokensPage (around: Around, listing: TokenListing, { tokens, cursor }: TokenPage): string {
  const { addresses } = around
  const { user } = listing
  const isEmpty = tokens.length === 0
  return page(around, {
    title: 'Tokens',
    section: 'tokens',
    content: html`
      <section class="card" aria-label="List">
        !${fold('Find a user', searchForm(addresses.tokens(), { user }))}
        !${user === undefined ? '' : ofUser(around, user)}
        !${isEmpty ? nothing(listing, cursor !== null) : table(around, tokens, user)}
        !${pager({
          first: listing.cursor === undefined ? undefined : addresses.tokens(user === undefined ? {} : { user }),
          next: cursor === null ? undefined : addresses.tokens({ ...(user === undefined ? {} : { user }), cursor }),
          isEmpty
        })}
      </section>
      <p class="hint">Expired tokens are not listed. A revoked token stays revoked.</p>`
  })
}

function table (around: Around, tokens: readonly TokenRecord[], user: string | undefined): string {
  return html`<table role="table">
    <caption>
      Tokens!${user === undefined ? '' : html` of !${foreign(user)}`} <span class="quiet small">Times are UTC.</span>
    </caption>
    <thead role="rowgroup"><tr role="row">!${HEADERS.map(columnHead)}</tr></thead>
    <tbody role="rowgroup">!${tokens.map(token => row(around, token))}</tbody>
  </table>`
}

function row (around: Around, token: TokenRecord): string {
  const { id, user, note, state, trackedAtMs, expiresAtMs } = token
  const { addresses } = around
  const cells = [
    html`<span class="mono">!${foreign(id)}</span>`,
    user === undefined
      ? optional(user, 'no user id')
      : html`<a href="${addresses.tokens({ user })}">!${foreign(user)}</a>`,
    stateOf(token),
    optional(note, 'no note'),
    moment(trackedAtMs),
    moment(expiresAtMs),
    state === 'revoked' ? '' : revokeLink(around, id)
  ]
  const [first = '', ...others] = cells.map((cell, i) => html`data-label="${HEADERS[i]}"><div>!${cell}</div>`)
  return html`<tr role="row">
      <th role="rowheader" scope="row" !${first}</th>!${others.map(cell => html`<td role="cell" !${cell}</td>`)}
    </tr>`
}

function revokeLink ({ addresses }: Around, id: string): string {
  const label = `Revoke… token ${foreignText(id)}`
  return html`<a class="button danger" href="${addresses.revokeToken(id)}" aria-label="${label}">Revoke…</a>`
}

function stateOf ({ state, revokedAtMs, revokedBy }: TokenRecord): string {
  if (state === 'active') return '<span class="badge live">Active</span>'
  const by = revokedBy === undefined ? '' : html`by !${foreign(revokedBy)}`
  return html`<span class="badge ended">Revoked</span>
      <span class="small quiet">!${by} !${revokedAtMs === undefined ? '' : moment(revokedAtMs)}</span>`
}

function ofUser ({ addresses }: Around, user: string): string {
  return html`<p class="actions"><span>Only !${foreign(user)}:</span>
          <a class="button danger" href="${addresses.revokeUser(user)}">Revoke all tokens…</a>
          <a class="button" href="${addresses.sessions({ user })}">Sessions</a>
          <a href="${addresses.tokens()}">Show all users</a></p>`
}

function nothing ({ user, cursor }: TokenListing, isMore: boolean): string {
  if (isMore) return '' // the pager says so
  if (cursor !== undefined) return '<p class="empty">No more tokens.</p>'
  const text = user === undefined ? 'There are no tokens.' : 'This user has no tokens. The id must match exactly.'
  return html`<p class="empty">${text}</p>`
}
