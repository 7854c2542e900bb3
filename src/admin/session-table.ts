import { html } from 'ghtml'
import type { Handle } from '../store/handle.ts'
import type { SessionSummary } from '../store/summary.ts'
import { browserName } from './browser-name.ts'
import { foreign, foreignText, moment, optional, shortened } from './format.ts'
import type { Around } from './layout.ts'
import { columnHead, hiddenFields, postForm } from './layout.ts'
import type { SessionListing } from './listing.ts'
import { fieldsOf } from './listing.ts'
import { badge, endOf, live, liveWords } from './session-words.ts'

export interface SessionTable {
  readonly sessions: readonly SessionSummary[]
  /** The listing of the page. The forms in the rows lead back to it. */
  readonly listing: SessionListing
  /** The operator's session. */
  readonly own: Handle | null
}

/** The heading of the column with the checkboxes. */
const CHOOSE = '<th role="columnheader" scope="col"><span class="heard">Choose</span></th>'

const IDLE = { live: 'Idle for', ended: 'Idle at end', all: 'Idle for' }
const END = { live: 'Expires in', ended: 'Ended', all: 'Expires in, or ended at' }

/**
 * Returns the HTML table of a page of sessions. The stylesheet makes each row a card on a narrow screen. The roles keep
 * it a table for screen readers.
 */
export function sessionTable (around: Around, { sessions, listing, own }: SessionTable): string {
  const headers = headersOf(listing.state).slice(0, listing.state === 'ended' ? -1 : undefined)
  const choose = listing.state === 'ended' ? '' : CHOOSE
  return html`<table role="table">
    <caption>!${captionOf(listing)} <span class="quiet small">Times are UTC.</span></caption>
    <thead role="rowgroup"><tr role="row">!${choose}!${headers.map(columnHead)}</tr></thead>
    <tbody role="rowgroup">!${sessions.map(session => row(around, session, listing, own, headers.length))}</tbody>
  </table>`
}

function headersOf (state: SessionListing['state']): string[] {
  return ['User', 'State', 'Signed in', 'Last activity', IDLE[state], END[state], 'Browser', 'Action']
}

function row (
  around: Around, session: SessionSummary, listing: SessionListing, own: Handle | null, columns: number
): string {
  const words = liveWords(session)
  const cells = [
    userCell(around, session, own),
    badge(words),
    moment(session.startedAtMs),
    moment(session.lastActivityMs),
    live('idleFor', words),
    endOf(session, words),
    browserCell(session),
    session.state === 'live' ? endForm(around, session.handle, fieldsOf(listing)) : ''
  ]
  const labels = headersOf(session.state)
  const [first = '', ...others] = cells.slice(0, columns)
    .map((cell, i) => html`data-label="${labels[i]}"><div>!${cell}</div>`)
  const pick = listing.state === 'ended' ? '' : `<td role="cell" class="pick">${picker(session)}</td>`
  return html`<tr role="row"!${session.state === 'live' ? html` data-handle="${session.handle}"` : ''}>!${pick}
      <th role="rowheader" scope="row" !${first}</th>!${others.map(cell => html`<td role="cell" !${cell}</td>`)}
    </tr>`
}

/** Returns HTML: the checkbox of a live session, for {@link chosenForm}. An ended session has none. */
function picker ({ state, handle }: SessionSummary): string {
  if (state !== 'live') return ''
  const label = `Choose session ${shortened(handle)}`
  return html`<label>
      <input type="checkbox" name="handle" value="${handle}" form="chosen" aria-label="${label}">
    </label>`
}

/**
 * Returns the form that ends the chosen sessions, after a question. The form stands behind the table, because rows have
 * forms of their own and forms do not nest. `autocomplete="off"` keeps a browser from restoring the checkboxes on a
 * reload: the rows may be those of other sessions then.
 */
export function chosenForm (
  around: Around, { sessions, listing }: Pick<SessionTable, 'sessions' | 'listing'>
): string {
  if (!sessions.some(({ state }) => state === 'live')) return ''
  const action = around.addresses.endSessions()
  return html`<form id="chosen" class="actions" action="${action}" autocomplete="off">
    !${hiddenFields(fieldsOf(listing))}
    <label class="check" data-choose-all hidden><input type="checkbox"> All on this page</label>
    <button class="danger">End the chosen sessions…</button>
  </form>`
}

function userCell ({ addresses }: Around, { user, handle }: SessionSummary, own: Handle | null): string {
  const name = user === undefined
    ? optional(user, 'no user id')
    : html`<a href="${addresses.sessions({ user, state: 'all' })}">!${foreign(user)}</a>`
  const short = shortened(handle)
  return html`<span class="name">!${name}</span>!${handle === own ? ' <span class="badge own">you</span>' : ''}
      <a class="small mono" href="${addresses.session(handle)}" aria-label="Session ${short}">${short}</a>`
}

function browserCell ({ address, userAgent }: SessionSummary): string {
  if (address === undefined && userAgent === undefined) return '<span class="quiet">not recorded</span>'
  const browser = userAgent === undefined
    ? ''
    : html`<span class="agent" title="${foreignText(userAgent)}">!${foreign(browserName(userAgent))}</span>`
  return html`!${browser} !${address === undefined ? '' : html`<span class="quiet small">!${foreign(address)}</span>`}`
}

/** @param fields the listing to which the browser returns */
function endForm (around: Around, handle: Handle, fields: Record<string, string>): string {
  return postForm(around, {
    action: around.addresses.endSession(handle),
    button: 'End',
    label: `End session ${shortened(handle)}`,
    tone: 'danger',
    fields: { ...fields, back: 'list' }
  })
}

function captionOf ({ state, user, match }: SessionListing): string {
  const what = { live: 'Live sessions', ended: 'Ended sessions', all: 'Live and ended sessions' }[state]
  if (user === undefined) return what
  return html`${what} of ${match === 'prefix' ? 'users whose id begins with ' : ''}!${foreign(user)}`
}
