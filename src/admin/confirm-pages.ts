import { html } from 'ghtml'
import type { SessionList } from '../store/administration.ts'
import type { Handle } from '../store/handle.ts'
import type { LiveSummary } from '../store/summary.ts'
import { count, duration, foreign, optional, shortened } from './format.ts'
import type { Around } from './layout.ts'
import { page, postForm } from './layout.ts'
import type { SessionListing } from './listing.ts'
import { fieldsOf } from './listing.ts'

/** What cannot be taken back, and reaches further than one row, is asked for a second time. Without script: on a page of its own. */

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
      hint: 'Each browser is signed out at its next request. What was not saved there is lost.',
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
  /** The chosen sessions that are alive. */
  readonly live: readonly LiveSummary[]
  /** How many of the chosen ones have ended meanwhile. */
  readonly over: number
  /** The list from which they were chosen. */
  readonly listing: SessionListing
  /** The operator's session. */
  readonly own: Handle | null
}

export function endSessionsPage (around: Around, { live, over, listing, own }: EndSessionsPage): string {
  const isSelf = live.some(({ handle }) => handle === own)
  const gone = over === 0 ? '' : `${count(over, 'other one that was', 'others that were')} chosen ended meanwhile. `
  return page(around, {
    title: 'End several sessions',
    section: 'sessions',
    content: confirmation(around, {
      question: html`End ${count(live.length, 'session')}?`,
      hint: `${gone}Each browser is signed out at its next request. What was not saved there is lost.`,
      list: live.map(session => chosen(session, own)),
      action: around.addresses.endSessions(),
      button: live.length === 1 ? 'End the session' : `End ${count(live.length, 'session')}`,
      fields: { ...fieldsOf(listing), handle: live.map(({ handle }) => handle) },
      choices: isSelf ? [['keep', 'Keep my own session', true]] : [],
      back: around.addresses.sessions(listing)
    })
  })
}

/** HTML. */
function chosen ({ handle, user, address, idleFor }: LiveSummary, own: Handle | null): string {
  const where = address === undefined ? '' : html`, !${foreign(address)}`
  return html`!${optional(user, 'no user id')}!${handle === own ? ' <span class="badge own">you</span>' : ''}
    <span class="quiet small"><span class="mono">${shortened(handle)}</span>, idle for ${duration(idleFor)}!${where}</span>`
}

export function revokeUserPage (around: Around, user: string): string {
  return page(around, {
    title: 'Revoke all tokens of a user',
    section: 'tokens',
    content: confirmation(around, {
      question: html`Revoke all tokens of !${foreign(user)}?`,
      hint: 'Whoever uses one of them is refused at once. This cannot be undone.',
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
      hint: 'Whoever uses it is refused at once. This cannot be undone.',
      action: around.addresses.revokeToken(),
      button: 'Revoke the token',
      fields: { id },
      back: around.addresses.tokens()
    })
  })
}

interface Confirmation {
  /** HTML. */
  readonly question: string
  readonly hint: string
  /** HTML of each thing that it is about, where these are several. */
  readonly list?: readonly string[]
  readonly action: string
  readonly button: string
  readonly fields: Readonly<Record<string, string | readonly string[]>>
  readonly choices?: ReadonlyArray<readonly [name: string, text: string, isChecked: boolean]>
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
          content: choices.map(([name, text, isChecked]) => html`<label class="check"><input type="checkbox" name="${name}"!${isChecked ? ' checked' : ''}> ${text}</label>`).join(''),
          aside: html`<a class="button" href="${back}">Cancel</a>`
        })}
      </section>`
}
