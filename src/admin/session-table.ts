import { html } from 'ghtml'
import type { Handle } from '../store/handle.ts'
import type { SessionSummary } from '../store/summary.ts'
import { browserName } from './browser-name.ts'
import { foreign, foreignText, moment, optional, shortened } from './format.ts'
import type { Around } from './layout.ts'
import { postForm } from './layout.ts'
import type { SessionListing } from './listing.ts'
import { fieldsOf } from './listing.ts'
import { badge, endOf, live, liveWords } from './session-words.ts'

export interface SessionTable {
  readonly sessions: readonly SessionSummary[]
  /** What is listed, and where ending one leads back to. */
  readonly listing: SessionListing
  /** That of the operator. */
  readonly own: Handle | null
}

const IDLE = { live: 'Idle for', ended: 'Idle at end', all: 'Idle for' }
const END = { live: 'Expires in', ended: 'Ended', all: 'Expires in, or ended at' }

/** On a narrow screen each row is a card: the roles keep it a table for those who listen. */
export function sessionTable (around: Around, { sessions, listing, own }: SessionTable): string {
  const headers = headersOf(listing.state).slice(0, listing.state === 'ended' ? -1 : undefined)
  return html`<table role="table">
    <caption>!${captionOf(listing)} <span class="quiet small">Times are UTC.</span></caption>
    <thead role="rowgroup"><tr role="row">!${headers.map(header => html`<th role="columnheader" scope="col"!${header === 'Action' ? ' class="action"' : ''}>${header}</th>`)}</tr></thead>
    <tbody role="rowgroup">!${sessions.map(session => row(around, session, listing, own, headers.length))}</tbody>
  </table>`
}

function headersOf (state: SessionListing['state']): string[] {
  return ['User', 'State', 'Signed in', 'Last activity', IDLE[state], END[state], 'Browser', 'Action']
}

function row (around: Around, session: SessionSummary, listing: SessionListing, own: Handle | null, columns: number): string {
  const words = liveWords(session)
  const cells = [
    who(around, session, own),
    badge(words),
    moment(session.startedAtMs),
    moment(session.lastActivityMs),
    live('idleFor', words),
    endOf(session, words),
    from(session),
    session.state === 'live' ? endForm(around, session.handle, fieldsOf(listing)) : ''
  ]
  const labels = headersOf(session.state)
  const [first = '', ...others] = cells.slice(0, columns).map((cell, i) => html`data-label="${labels[i]}"><div>!${cell}</div>`)
  return html`<tr role="row"!${session.state === 'live' ? html` data-handle="${session.handle}"` : ''}>
      <th role="rowheader" scope="row" !${first}</th>!${others.map(cell => html`<td role="cell" !${cell}</td>`)}
    </tr>`
}

function who ({ addresses }: Around, { user, handle }: SessionSummary, own: Handle | null): string {
  const name = user === undefined ? optional(user, 'no user id') : html`<a href="${addresses.sessions({ user, state: 'all' })}">!${foreign(user)}</a>`
  return html`<span class="name">!${name}</span>!${handle === own ? ' <span class="badge own">you</span>' : ''}
      <a class="small mono" href="${addresses.session(handle)}" aria-label="Session ${shortened(handle)}">${shortened(handle)}</a>`
}

function from ({ address, userAgent }: SessionSummary): string {
  if (address === undefined && userAgent === undefined) return '<span class="quiet">not recorded</span>'
  const browser = userAgent === undefined
    ? ''
    : html`<span class="agent" title="${foreignText(userAgent)}">!${foreign(browserName(userAgent))}</span>`
  return html`!${browser} !${address === undefined ? '' : html`<span class="quiet small">!${foreign(address)}</span>`}`
}

/** @param fields say to which page of the list it leads back. */
function endForm (around: Around, handle: Handle, fields: Record<string, string>): string {
  return postForm(around, { action: around.addresses.endSession(handle), button: 'End', label: `End session ${shortened(handle)}`, tone: 'danger', fields: { ...fields, back: 'list' } })
}

function captionOf ({ state, user }: SessionListing): string {
  const what = { live: 'Live sessions', ended: 'Ended sessions', all: 'Live and ended sessions' }[state]
  return user === undefined ? what : html`${what} of !${foreign(user)}`
}
