import { html } from 'ghtml'
import type { Handle } from '../store/handle.ts'
import type { SessionSummary } from '../store/summary.ts'
import { browserName } from './browser-name.ts'
import { foreign, moment, optional } from './format.ts'
import type { Around } from './layout.ts'
import { page, postForm } from './layout.ts'
import { DEADLINES, REASONS, badge, live, liveWords } from './session-words.ts'

/** Shows all that the store knows of one session. */
export function sessionPage (around: Around, session: SessionSummary, own: Handle | null): string {
  const { addresses } = around
  const { user, handle } = session
  const isLive = session.state === 'live'
  return page(around, {
    title: 'Session',
    section: 'sessions',
    content: html`
      <section class="card" aria-label="Details of the session"!${isLive ? html` data-handle="${handle}"` : ''}>
        <dl class="facts">
          !${facts(session).map(([name, value]) => html`<div><dt>${name}</dt><dd>!${value}</dd></div>`)}
        </dl>
        !${isLive ? endForm(around, handle, handle === own) : ''}
      </section>
      <p class="actions">
        !${user === undefined
          ? ''
          : html`<a class="button" href="${addresses.sessions({ user, state: 'all' })}">All sessions of this user</a>
            <a class="button danger" href="${addresses.endUser(user)}">End all sessions of this user…</a>`}
        <a href="${addresses.sessions()}">Back to the sessions</a>
      </p>
      <p class="hint">Times are UTC. The handle is the session's public name: nobody can sign in with it.</p>`
  })
}

function endForm (around: Around, handle: Handle, isOwn: boolean): string {
  return postForm(around, {
    action: around.addresses.endSession(handle),
    button: isOwn ? 'End my own session' : 'End this session',
    tone: 'danger'
  })
}

type Fact = readonly [name: string, html: string]

function facts (session: SessionSummary): Fact[] {
  const words = liveWords(session)
  return [
    ['User', optional(session.user, 'no user id')],
    ['State', badge(words)],
    ['Signed in', moment(session.startedAtMs)],
    ...authentication(session),
    ['Last activity', moment(session.lastActivityMs)],
    [session.state === 'live' ? 'Idle for' : 'Idle at end', live('idleFor', words)],
    ...end(session),
    ['Browser', optional(named(session.userAgent), 'not recorded')],
    ['Address', optional(session.address, 'not recorded')],
    ['User agent, as the browser sent it', optional(session.userAgent, 'not recorded')],
    ['Handle', html`<code>${session.handle}</code>`]
  ]
}

/** Returns when and how the person last confirmed their identity. The sign-in alone is not shown. */
function authentication (session: SessionSummary): Fact[] {
  if (session.state !== 'live') return []
  const { startedAtMs, authenticatedAtMs, methods } = session
  const methodFacts: Fact[] = methods === undefined ? [] : [['Confirmed by', foreign(methods.join(', '))]]
  return authenticatedAtMs === startedAtMs
    ? methodFacts
    : [['Identity confirmed', moment(authenticatedAtMs)], ...methodFacts]
}

function named (userAgent: string | undefined): string | undefined {
  return userAgent === undefined ? undefined : browserName(userAgent)
}

function end (session: SessionSummary): Fact[] {
  if (session.state === 'ended') {
    const by: Fact[] = session.by === undefined ? [] : [['Ended by', foreign(session.by)]]
    return [['Ended', moment(session.endedAtMs)], ['Reason', html`${REASONS[session.reason]}`], ...by]
  }
  return [['Expires in', live('expiresIn', liveWords(session))], ['Deadline', html`${DEADLINES[session.endsBy]}`]]
}
