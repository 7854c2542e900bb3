import { html } from 'ghtml'
import type { SessionList } from '../store/administration.ts'
import type { Handle } from '../store/handle.ts'
import type { LiveSummary } from '../store/summary.ts'
import { count, duration, foreign, optional, shortened } from './format.ts'
import type { Around } from './layout.ts'
import { page, postForm } from './layout.ts'
import type { SessionListing } from './listing.ts'
import { fieldsOf } from './listing.ts'

/*
 * Pages that ask before an operator does what reaches further than one row and cannot be undone. The question is a page
 * of its own, so that it works without a script.
 */

const SIGNED_OUT = 'Each browser is signed out at its next request. Unsaved work there is lost.'

export interface EndUserPage {
  readonly user: string
  /** The first of the user's live sessions. */
  readonly list: SessionList
  /** Whether the operator's own session is the user's. */
  readonly isSelf: boolean
}

export function endUserPage (around: Around, { user, list: { sessions, cursor }, isSelf }: EndUserPage): string {
  const many = `${cursor === null ? '' : 'at least '}${count(sessions.length, 'live session')}`
  const them = cursor === null && sessions.length === 1 ? 'it' : 'all of them'
  return page(around, {
    title: 'End all sessions of a user',
    section: 'sessions',
    content: confirmation(around, {
      question: html`!${foreign(user)} has ${many}. End ${them}?`,
      hint: SIGNED_OUT,
      action: around.addresses.endUser(),
      button: 'End all sessions',
      fields: { user },
      choices: [
        ['tokens', 'Revoke the user\'s tokens too. That cannot be undone.', false],
        ...(isSelf ? [['keep', 'Keep my own session', true] as const] : [])
      ],
      back: around.addresses.sessions({ user })
    })
  })
}

export interface EndSessionsPage {
  /** The chosen sessions that are live. */
  readonly live: readonly LiveSummary[]
  /** The number of chosen sessions that have ended meanwhile. */
  readonly ended: number
  /** The list from which they were chosen. */
  readonly listing: SessionListing
  /** The operator's session. */
  readonly own: Handle | null
}

export function endSessionsPage (around: Around, { live, ended, listing, own }: EndSessionsPage): string {
  const isSelf = live.some(({ handle }) => handle === own)
  const meanwhile = ended === 0 ? '' : `${count(ended, 'chosen session')} ended meanwhile. `
  return page(around, {
    title: 'End several sessions',
    section: 'sessions',
    content: confirmation(around, {
      question: html`End ${count(live.length, 'session')}?`,
      hint: meanwhile + SIGNED_OUT,
      list: live.map(session => chosen(session, own)),
      action: around.addresses.endSessions(),
      button: live.length === 1 ? 'End the session' : `End ${count(live.length, 'session')}`,
      fields: { ...fieldsOf(listing), handle: live.map(({ handle }) => handle) },
      choices: isSelf ? [['keep', 'Keep my own session', true]] : [],
      back: around.addresses.sessions(listing)
    })
  })
}

/** Returns HTML: one item of the list of chosen sessions. */
function chosen ({ handle, user, address, idleFor }: LiveSummary, own: Handle | null): string {
  const where = address === undefined ? '' : html`, !${foreign(address)}`
  return html`!${optional(user, 'no user id')}!${handle === own ? ' <span class="badge own">you</span>' : ''}
    <span class="quiet small">
      <span class="mono">${shortened(handle)}</span>, idle for ${duration(idleFor)}!${where}
    </span>`
}

export function revokeUserPage (around: Around, user: string): string {
  return page(around, {
    title: 'Revoke all tokens of a user',
    section: 'tokens',
    content: confirmation(around, {
      question: html`Revoke all tokens of !${foreign(user)}?`,
      hint: 'A request with one of these tokens is refused at once. This cannot be undone.',
      action: around.addresses.revokeUser(),
      button: 'Revoke all tokens',
      fields: { user },
      back: around.addresses.tokens({ user })
    })
  })
}

export function revokeTokenPage (around: Around, id: string): string {
  return page(around, {
    title: 'Revoke a token',
    section: 'tokens',
    content: confirmation(around, {
      question: html`Revoke the token <span class="mono">!${foreign(id)}</span>?`,
      hint: 'A request with this token is refused at once. This cannot be undone.',
      action: around.addresses.revokeToken(),
      button: 'Revoke the token',
      fields: { id },
      back: around.addresses.tokens()
    })
  })
}

type Choice = readonly [name: string, text: string, isChecked: boolean]

interface Confirmation {
  /** HTML. */
  readonly question: string
  readonly hint: string
  /** HTML of each session that ends, where there are several. */
  readonly list?: readonly string[]
  readonly action: string
  readonly button: string
  readonly fields: Readonly<Record<string, string | readonly string[]>>
  readonly choices?: readonly Choice[]
  readonly back: string
}

function confirmation (around: Around, confirmation: Confirmation): string {
  const { question, hint, list = [], action, button, fields, choices = [], back } = confirmation
  return html`<section class="card" aria-label="Confirm">
        <p class="question">!${question}</p>
        <p class="hint">${hint}</p>
        !${list.length === 0 ? '' : html`<ul class="chosen">!${list.map(item => `<li>${item}</li>`)}</ul>`}
        !${postForm(around, {
          action,
          button,
          tone: 'danger',
          fields,
          content: choices.map(checkbox).join(''),
          aside: html`<a class="button" href="${back}">Cancel</a>`
        })}
      </section>`
}

function checkbox ([name, text, isChecked]: Choice): string {
  return html`<label class="check">
    <input type="checkbox" name="${name}"!${isChecked ? ' checked' : ''}> ${text}
  </label>`
}
