import { html } from 'ghtml'
import type { SessionList } from '../store/administration.ts'
import type { Handle } from '../store/handle.ts'
import type { Stats } from '../store/store.ts'
import { duration, foreign } from './format.ts'
import type { Around } from './layout.ts'
import { fold, link, page, pager, postForm, searchForm } from './layout.ts'
import type { SessionListing } from './listing.ts'
import { chosenForm, sessionTable } from './session-table.ts'

export interface SessionsPage {
  readonly listing: SessionListing
  readonly list: SessionList
  readonly stats: Stats & { readonly tokens: number }
  /** The operator's session. */
  readonly own: Handle | null
}

const ORDERS = {
  live: { 'ends-last': 'Latest deadline first', 'ends-first': 'Nearest deadline first' },
  ended: { 'ends-last': 'Latest end first', 'ends-first': 'Earliest end first' },
  all: { 'ends-last': 'Latest deadline or end first', 'ends-first': 'Earliest end or deadline first' }
}

const TABS = [['live', 'Live'], ['ended', 'Ended'], ['all', 'All']] as const

/** Shows the figures, the search, and a page of sessions. */
export function sessionsPage (around: Around, { listing, list, stats, own }: SessionsPage): string {
  const { addresses } = around
  const { cursor, ...first } = listing
  const { sessions } = list
  const isEmpty = sessions.length === 0
  return page(around, {
    title: 'Sessions',
    section: 'sessions',
    content: html`
      !${figures(around, stats)}
      <section class="card" aria-label="List">
        <nav class="tabs" aria-label="State">
          !${TABS.map(([state, text]) => link(addresses.sessions({ ...first, state }), text, state === listing.state))}
        </nav>
        !${fold('Find a user, or change the order', searchForm(addresses.sessions(), {
          user: listing.user,
          fields: listing.state === 'live' ? {} : { state: listing.state },
          more: prefixField(listing) + orderField(listing)
        }))}
        !${ofUser(around, listing)}
        !${isEmpty ? nothing(listing, list.cursor !== null) : sessionTable(around, { sessions, listing, own })}
        !${chosenForm(around, { sessions, listing })}
        !${pager({
          first: cursor === undefined ? undefined : addresses.sessions(first),
          next: list.cursor === null ? undefined : addresses.sessions({ ...first, cursor: list.cursor }),
          isEmpty
        })}
      </section>`
  })
}

function figures (around: Around, { live, ended, expired, pending, lag, tokens }: SessionsPage['stats']): string {
  const facts = [
    ['Live sessions', live], ['Ended sessions', ended],
    ['Waiting for the sweep', expired], ['Longest wait for the sweep', duration(lag)],
    ['Pending ends', pending], ['Tokens', tokens]
  ] as const
  const [first, second, third] = [live, ended, expired].map(number => number.toLocaleString('en'))
  const summary = `${first} live, ${second} ended, ${third} to sweep`
  return html`<section class="card overview" aria-label="Overview">!${fold(summary, html`<div class="all">
        <dl class="figures">!${facts.map(([name, number]) =>
          html`<div><dt>${name}</dt><dd>${number.toLocaleString('en')}</dd></div>`)}
        </dl>
        !${postForm(around, {
          action: around.addresses.sweep(),
          button: 'Run the sweep',
          tone: 'quiet',
          aside: '<span class="hint">Ends expired sessions and notifies the application</span>'
        })}</div>`)}
      </section>`
}

function orderField ({ state, order }: SessionListing): string {
  const options = { ...ORDERS[state], any: 'Not sorted, complete' }
  return html`<div class="field">
      <label for="order">Order</label>
      <select id="order" name="order" aria-describedby="order-hint">
        !${Object.entries(options).map(([value, text]) =>
          html`<option value="${value}"!${value === order ? ' selected' : ''}>${text}</option>`)}
      </select>
      <span class="hint" id="order-hint">With more than 1,000 sessions, exact to about 10 seconds</span>
    </div>`
}

/** Returns HTML: the checkbox of a search by prefix. No index serves it: the hint says what it costs. */
function prefixField ({ user, match }: SessionListing): string {
  const isPrefix = user !== undefined && match === 'prefix'
  return html`<div class="field match">
      <label class="check">
        <input type="checkbox" name="match" value="prefix"!${isPrefix ? ' checked' : ''} aria-describedby="match-hint">
        Only the beginning of the id
      </label>
      <span class="hint" id="match-hint">Ignores case. Reads all sessions, page by page</span>
    </div>`
}

/** Returns HTML: the user of the listing, with links to all of that user. */
function ofUser ({ addresses }: Around, { user, match }: SessionListing): string {
  if (user === undefined) return ''
  const all = html`<a href="${addresses.sessions()}">Show all users</a></p>`
  if (match === 'prefix') {
    return html`<p class="actions"><span>Only users whose id begins with !${foreign(user)}:</span> !${all}`
  }
  return html`<p class="actions"><span>Only !${foreign(user)}:</span>
          <a class="button danger" href="${addresses.endUser(user)}">End all sessions…</a>
          <a class="button" href="${addresses.tokens({ user })}">Tokens</a>
          !${all}`
}

function nothing (listing: SessionListing, isMore: boolean): string {
  if (isMore) return '' // the pager says so
  const { state, user, match, cursor } = listing
  const what = state === 'all' ? 'sessions' : `${state} sessions`
  if (cursor !== undefined) return '<p class="empty">No more sessions.</p>'
  if (user === undefined) return html`<p class="empty">There are no ${what}.</p>`
  if (match === 'prefix') return html`<p class="empty">No user whose id begins like this has ${what}.</p>`
  return html`<p class="empty">This user has no ${what}. The id must match exactly.</p>`
}
