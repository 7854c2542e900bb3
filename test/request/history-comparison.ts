import assert from 'node:assert/strict'
import type { EndReason } from '../../src/core/policy.ts'
import type { AuditEvent } from '../../src/index.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { HistoryApp } from './history-app.ts'
import type { HistoryModel, ModelSession } from './history-model.ts'
import type { User } from './history-steps.ts'
import { USERS } from './history-steps.ts'

/** The session of each cookie. */
type Cookies = ReadonlyMap<string, ModelSession>

type Handles = ReadonlyMap<ModelSession, string>

/** Compares the contents of the store, and its lists, with the model (G1, G2, G15). */
export async function compareStore (
  app: HistoryApp, model: HistoryModel, cookies: Cookies, handles: Handles
): Promise<void> {
  const given = [...cookies].filter(([, session]) => model.isLive(session) || model.isOverSince(session))
  await Promise.all([
    ...given.map(async ([cookie, session]) => await compareSession(app, model, cookie, session)),
    ...USERS.map(async user => await compareList(app, model, handles, user))
  ])
}

async function compareSession (
  { store: { inner: store }, clock }: HistoryApp, model: HistoryModel, cookie: string, session: ModelSession
): Promise<void> {
  const loaded = await store.load(store.keyOf(sessionIdIn(cookie)), null)
  const found = loaded.state === 'live' ? loaded.user ?? 'nobody' : 'over'
  const whose = model.isLive(session) ? session.user ?? 'nobody' : 'over'
  assert.equal(found, whose, 'whose the session of a cookie is')
  if (loaded.state !== 'live' || session.user === null) return
  const times = { age: loaded.nowMs - loaded.record.startedAtMs, idle: loaded.nowMs - loaded.record.lastActivityMs }
  const expected = { age: clock.nowMs - session.startedAtMs, idle: clock.nowMs - session.lastActivityMs }
  assert.deepEqual(times, expected, 'how old and how idle a session is')
}

async function compareList ({ app }: HistoryApp, model: HistoryModel, handles: Handles, user: User): Promise<void> {
  const { sessions } = await app.sessionSecurity.list({ user, limit: 100 })
  const expected = model.liveOf(user).map(session => handles.get(session))
  assert.deepEqual(sessions.map(({ handle }) => handle).sort(), expected.sort(), `the live sessions of ${user}`)
}

type Ended = Pick<EndedSession, 'reason'>

/**
 * Checks that every end of a user's session was notified once.
 *
 * A renewed session has no end.
 */
export function compareEnds (
  ends: readonly EndedSession[], isMeant: (ended: Ended) => boolean, model: HistoryModel, handles: Handles
): void {
  const reasonOf = ({ over }: ModelSession): EndReason | undefined => {
    const reason = over?.reason
    return reason != null && isMeant({ reason }) ? reason : undefined
  }
  const ended = model.sessions.filter(session => reasonOf(session) !== undefined)
  const expected = ended.map(session => `${session.user}: ${reasonOf(session)}`).sort()
  const notified = ends.map(({ user, reason }) => `${user}: ${reason}`).sort()
  assert.deepEqual(notified, expected, 'the ends that were notified')
  assert.equal(new Set(ends.map(({ handle }) => handle)).size, ends.length, 'no end is notified twice')
  const reasons = new Map(ends.map(({ handle, reason }) => [handle, reason]))
  for (const [session, handle] of handles) assert.equal(reasons.get(handle), reasonOf(session), 'the end of a session')
}

/**
 * Checks that the audit trail leaves out nothing, once all is over.
 *
 * Each session that began ended or was renewed, and no other one did. Each end by a log-out or a revocation has the
 * event of its cause.
 */
export function compareAudit (audit: readonly AuditEvent[], ends: readonly EndedSession[]): void {
  const born = [...handlesOf(audit, 'start'), ...handlesOf(audit, 'renewal')]
  const renewed = new Set(audit.flatMap(event => event.event === 'renewal' ? [event.predecessor] : []))
  const notified = handlesOf(audit, 'end').sort()
  assert.equal(new Set(born).size, born.length, 'no session begins twice')
  assert.deepEqual(notified, ends.map(({ handle }) => handle).sort(), 'the ends that the audit trail has')
  assert.deepEqual(born.filter(handle => !renewed.has(handle)).sort(), notified, 'what began has ended, or was renewed')
  const counted = (name: AuditEvent['event']): number => {
    return audit.reduce((sum, event) => sum + (event.event === name && 'count' in event ? event.count : 0), 0)
  }
  const endedBy = (reason: EndReason): number => ends.filter(ended => ended.reason === reason).length
  const replaced = audit.filter(event => event.event === 'start' && event.predecessor !== undefined).length
  const others = endedBy('logout') - counted('sign-out')
  assert.equal(counted('revocation'), endedBy('revoked'), 'the sessions that revocations ended')
  assert.ok(replaced === 0 ? others === 0 : others >= replaced, 'the sessions that sign-outs and sign-ins ended')
}

function handlesOf (audit: readonly AuditEvent[], name: AuditEvent['event']): string[] {
  return audit.flatMap(({ event, handle }) => event === name && handle !== undefined ? [handle] : [])
}

/** Tells whether a call ended the session, and not a deadline that a sweep finds. */
export function isByCall ({ reason }: Ended): boolean {
  return reason === 'logout' || reason === 'revoked'
}

export function sessionIdIn (cookie: string): string {
  return cookie.slice(0, cookie.lastIndexOf('.'))
}
