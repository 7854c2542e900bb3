import type { RefusalEvent, RevocationEvent } from './audit-event.ts'
import type { Authentication } from '../core/authentication.ts'
import { causeOf } from '../core/cause.ts'
import type { Clock } from '../core/clock.ts'
import type { EndReason } from '../core/policy.ts'
import { authenticatedAtMs } from '../core/record.ts'
import type { Via } from './audit-event.ts'
import { hasSubscribers, publish } from './channels.ts'
import type { Device, EndedSession, Handle, LiveSession } from '../core/session.ts'

/*
 * Publishes the events of the audit trail: each function publishes one kind, with the data of its caller. So nothing is
 * computed while nobody listens. A caller publishes after the store has answered, and before it notifies of ends.
 */

/** A session, as far as the caller knows it. */
interface Known {
  readonly handle?: Handle | undefined
  readonly user?: string | undefined
  readonly device?: Device | undefined
}

/** The clock of the node. */
interface WithTime {
  readonly timeOfDay: Clock
}

type Session = Known & { readonly handle: Handle }

/**
 * Publishes a sign-in, and the sessions that it ended.
 *
 * It ends the session of the browser's former user, and sessions beyond the limit.
 */
export function auditSignIn (
  handle: Handle, { record, user, device }: LiveSession, ended: readonly EndedSession[]
): void {
  if (!hasSubscribers('audit')) return
  const predecessor = ended.find(({ reason }) => reason === 'logout')?.handle
  publish('audit', {
    event: 'start',
    atMs: record.startedAtMs,
    ...session({ handle, user, device }),
    by: 'user',
    ...(predecessor === undefined ? {} : { predecessor }),
    ...methodsOf(record.authentication)
  })
  for (const evicted of ended.filter(({ reason }) => reason === 'displaced')) {
    const { endedAtMs: atMs } = evicted
    publish('audit', { event: 'eviction', atMs, ...session(evicted), by: 'limit', successor: handle })
  }
}

/**
 * Publishes a renewal.
 * @param isFresh the person has proved once more who they are
 */
export function auditRenewal (
  handle: Handle, predecessor: Handle, { record, user, device, nowMs }: LiveSession, isFresh: boolean
): void {
  if (!hasSubscribers('audit')) return
  const about = session({ handle, user, device })
  publish('audit', { event: 'renewal', atMs: nowMs, ...about, by: 'application', predecessor })
  if (!isFresh) return
  publish('audit', {
    event: 'authentication', atMs: authenticatedAtMs(record), ...about, by: 'user', ...methodsOf(record.authentication)
  })
}

/**
 * Publishes a sign-out.
 * @param ended the ends; none if another call was first, or nobody was signed in
 */
export function auditSignOut (ended: readonly EndedSession[]): void {
  const [first] = ended
  if (first === undefined || !hasSubscribers('audit')) return
  publish('audit', { event: 'sign-out', atMs: first.endedAtMs, ...session(first), by: 'user', count: ended.length })
}

/** A call, with the sessions or tokens that it revoked. */
type Revoked = Known & Pick<RevocationEvent, 'what' | 'token' | 'tokens' | 'left' | 'atMs' | 'count'> & {
  readonly reason?: EndReason
  /** The name that the caller gave. */
  readonly by?: string | undefined
}

/** Publishes a revocation. A caller asks {@link isAudited} first, because the argument is a new object. */
export function auditRevocation (
  { what, reason = 'revoked', atMs, count, token, tokens = 0, left = 0, by, ...known }: Revoked
): void {
  publish('audit', {
    event: 'revocation',
    atMs,
    ...session(known),
    what,
    reason,
    ...causedBy({ reason, user: known.user, by }),
    count,
    ...(token === undefined ? {} : { token }),
    ...(tokens === 0 ? {} : { tokens }),
    ...(left === 0 ? {} : { left })
  })
}

/** Returns the number of sessions that a call ended, and the time. If it ended one, the store's clock counts. */
export function effectOf (
  ended: readonly EndedSession[], { timeOfDay }: WithTime
): Pick<RevocationEvent, 'atMs' | 'count'> {
  return { atMs: ended[0]?.endedAtMs ?? timeOfDay(), count: ended.length }
}

/** Publishes a call that ended one session, or its successor. */
export function auditEndOf (
  handle: Handle, ended: readonly EndedSession[], store: WithTime, reason: EndReason, by: string | undefined
): void {
  if (!isAudited()) return
  auditRevocation({ what: 'session', ...effectOf(ended, store), ...session(ended[0] ?? { handle }), reason, by })
}

/**
 * Publishes a call that ended several sessions: an event for each.
 * @param outcome `over`: the sessions that were over before
 */
export function auditEndOfEach (
  { ended, over }: { readonly ended: readonly EndedSession[], readonly over: readonly Handle[] },
  store: WithTime, reason: EndReason, by: string | undefined
): void {
  for (const one of ended) auditEndOf(one.handle, [one], store, reason, by)
  for (const handle of over) auditEndOf(handle, [], store, reason, by)
}

export function isAudited (): boolean {
  return hasSubscribers('audit')
}

export function auditEnd (ended: EndedSession): void {
  if (!hasSubscribers('audit')) return
  const { reason, startedAtMs, lastActivityMs, endedAtMs } = ended
  publish('audit', {
    event: 'end', atMs: endedAtMs, ...session(ended), reason, ...causedBy(ended), startedAtMs, lastActivityMs
  })
}

export function auditRefusal (
  what: RefusalEvent['what'], atMs: number, known: Known, code?: string, reason?: EndReason | 'none'
): void {
  if (!hasSubscribers('audit')) return
  publish('audit', {
    event: 'refusal',
    atMs,
    ...session(known),
    what,
    ...(code === undefined ? {} : { code }),
    ...(reason === undefined || reason === 'none' ? {} : { reason })
  })
}

export function auditUnrecorded (about: Session, atMs: number, via: Via): void {
  if (hasSubscribers('audit')) publish('audit', { event: 'unrecorded', atMs, ...session(about), via })
}

function session (known: Session): { readonly handle: Handle, readonly user?: string, readonly device?: Device }
function session (known: Known): { readonly handle?: Handle, readonly user?: string, readonly device?: Device }
function session ({ handle, user, device }: Known) {
  return {
    ...(handle === undefined ? {} : { handle }),
    ...(user === undefined ? {} : { user }),
    ...(device === undefined ? {} : { device: { ...device } })
  }
}

function causedBy (what: Parameters<typeof causeOf>[0]) {
  const by = causeOf(what)
  return what.by === undefined ? { by } : { by, actor: what.by }
}

function methodsOf (authentication: Authentication | undefined): { readonly methods?: readonly string[] } {
  const { methods = [] } = authentication ?? {}
  return methods.length === 0 ? {} : { methods: [...methods] }
}
