import type { Cause } from '../core/cause.ts'
import type { EndReason } from '../core/policy.ts'
import type { Device, Handle } from '../core/session.ts'

/** The origin of an activity: a request, a ping, or a call such as `recordActivity()`. */
export type Via = 'request' | 'ping' | 'call'

/** The fields of every event. */
interface Happened<Name extends string> {
  readonly event: Name
  /**
   * The moment of the event, in milliseconds since the epoch by the store's clock.
   *
   * A `refusal`, an `unrecorded`, and a `revocation` that ended nothing use the node's clock.
   */
  readonly atMs: number
}

/** The session of an event: never its id, and nothing of its contents. */
interface OfSession {
  readonly handle: Handle
  /** The user from `userOf`; absent if it named none. */
  readonly user?: string
  /** The device from `deviceOf` at sign-in; absent if the store has none. */
  readonly device?: Device
}

/** The session of a request; each field is absent if it is not known. */
type OfRequest = Partial<OfSession>

interface Caused<By extends Cause = Cause> {
  readonly by: By
}

interface Named extends Caused {
  /** The name of the actor: `by`, `who` of the admin page, or `--by`. */
  readonly actor?: string
}

/** A person signed in. `predecessor`: the session that this sign-in ended, such as that of another user. */
interface StartEvent extends Happened<'start'>, OfSession, Caused<'user'> {
  readonly predecessor?: Handle
  /** The methods that `reauthenticated()` named at the sign-in. */
  readonly methods?: readonly string[]
}

/** An authenticated session goes on under another id, and so under another handle. */
interface RenewalEvent extends Happened<'renewal'>, OfSession, Caused<'application'> {
  readonly predecessor: Handle
}

/** A person who was signed in has proved once more who they are. The renewal that comes with it is another event. */
interface AuthenticationEvent extends Happened<'authentication'>, OfSession, Caused<'user'> {
  readonly methods?: readonly string[]
}

/** A person signed out. `count`: the number of sessions that this ended, with all that renewals had made. */
interface SignOutEvent extends Happened<'sign-out'>, OfSession, Caused<'user'> {
  readonly count: number
}

/** A sign-in took the slot of this session, the oldest of its user. `successor`: the session of that sign-in. */
interface EvictionEvent extends Happened<'eviction'>, OfSession, Caused<'limit'> {
  readonly successor: Handle
}

/**
 * A call ended sessions or revoked tokens, and the store has done it.
 *
 * Each end is another event, when it is notified. `what`: one `session` (`handle`), the `other-sessions` of a user but
 * that of `handle`, all of a `user`, those of `everybody`, one `token`, or the `tokens` of a user.
 */
export interface RevocationEvent extends Happened<'revocation'>, OfRequest, Named {
  readonly what: 'session' | 'other-sessions' | 'user' | 'everybody' | 'token' | 'tokens'
  readonly reason: EndReason
  /** The number of sessions that ended, or of active tokens, that `what` names. */
  readonly count: number
  /** The name of the token. */
  readonly token?: string
  /** The number of tokens of the user that were revoked with the sessions. */
  readonly tokens?: number
  /** The number of sessions that go on, because a later version keeps them. */
  readonly left?: number
}

/** An end was notified: by one node, at least once. `atMs`: the end of the session, however late a node noticed it. */
interface EndEvent extends Happened<'end'>, OfSession, Named {
  readonly reason: EndReason
  readonly startedAtMs: number
  readonly lastActivityMs: number
}

/**
 * The plugin refused something.
 *
 * `what` is a `ping`; a `push` stream; a `route` behind `requireSession`; a `sign-in`, by the limit or because a call
 * ended all sessions of the user meanwhile; a `renewal` or a `save` of a session that ended while the request was under
 * way, and whose answer was as usual; the `admin` page; or any `request` that needed the store while it was away.
 */
export interface RefusalEvent extends Happened<'refusal'>, OfRequest {
  readonly what: 'ping' | 'push' | 'route' | 'sign-in' | 'renewal' | 'save' | 'admin' | 'request'
  /** The code of the error; absent for a `renewal` and a `save`. */
  readonly code?: string
  /** The reason why the session had ended; absent if it had not, or nobody knows. */
  readonly reason?: EndReason
}

/** An activity was not recorded, or not confirmed: the store was away, or refused. */
interface UnrecordedEvent extends Happened<'unrecorded'>, OfSession {
  readonly via: Via
}

/** An event of the audit trail: a message of the channel `fastify-session-security:audit`. */
export type AuditEvent =
  | StartEvent | RenewalEvent | AuthenticationEvent | SignOutEvent | EvictionEvent | RevocationEvent | EndEvent
  | RefusalEvent | UnrecordedEvent
