import type { Cause } from './core/cause.ts'
import type { EndReason } from './core/policy.ts'
import type { Handle } from './store/handle.ts'
import type { Device } from './store/store.ts'

/** The way on which an activity came: a request, a ping, or a call of `recordActivity()` or `reportIdle()`. */
export type Via = 'request' | 'ping' | 'call'

/** The fields of every event. */
interface Happened<Name extends string> {
  readonly event: Name
  /**
   * The moment of the event, in milliseconds since the epoch by the store's clock. A `refusal`, an `unrecorded`, and a
   * `revocation` that ended nothing go by the node's clock.
   */
  readonly atMs: number
}

/** The session that an event is about: never its id, and nothing of its contents. */
interface OfSession {
  readonly handle: Handle
  /** What `userOf` said; absent when it said nothing. */
  readonly user?: string
  /** What `deviceOf` said at sign-in; absent when it said nothing, or when the store has forgotten it. */
  readonly device?: Device
}

/** The session of a request; each field is absent where it is not known. */
type OfRequest = Partial<OfSession>

interface Caused<By extends Cause = Cause> {
  readonly by: By
}

interface Named extends Caused {
  /** The name that was given: `by` of a call, `who` of the admin page, or `--by` of the command line. */
  readonly actor?: string
}

/** A person signed in. `predecessor`: the session that this sign-in ended, that of another user for instance. */
interface StartEvent extends Happened<'start'>, OfSession, Caused<'user'> {
  readonly predecessor?: Handle
  /** What `reauthenticated()` said of the sign-in. */
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

/** A person signed out. `count`: how many sessions that ended, all that renewals had made of one sign-in. */
interface SignOutEvent extends Happened<'sign-out'>, OfSession, Caused<'user'> {
  readonly count: number
}

/** A sign-in took the slot of this session, the oldest of its user. `successor`: the session of that sign-in. */
interface EvictionEvent extends Happened<'eviction'>, OfSession, Caused<'limit'> {
  readonly successor: Handle
}

/**
 * A call ended sessions or revoked tokens, and the store has done it. Each end is another event, when it is notified.
 * `what`: one `session` (`handle`), the `other-sessions` of a user but that of `handle`, all of a `user`, those of
 * `everybody`, one `token`, or the `tokens` of a user.
 */
export interface RevocationEvent extends Happened<'revocation'>, OfRequest, Named {
  readonly what: 'session' | 'other-sessions' | 'user' | 'everybody' | 'token' | 'tokens'
  readonly reason: EndReason
  /** How many sessions ended, or how many tokens were active, of `what`. */
  readonly count: number
  /** The name of the token. */
  readonly token?: string
  /** How many tokens of the user were revoked with the sessions. */
  readonly tokens?: number
  /** How many sessions go on, as a later version keeps them. */
  readonly left?: number
}

/** An end was notified: by one node, at least once. `atMs`: when the session ended, however late that was noticed. */
interface EndEvent extends Happened<'end'>, OfSession, Named {
  readonly reason: EndReason
  readonly startedAtMs: number
  readonly lastActivityMs: number
}

/**
 * Something was refused: a `ping`; a `push` stream; a `route` behind `requireSession`; a `sign-in`, by the limit or as
 * all sessions of the user were ended meanwhile; a `renewal` or a `save` of what had ended while the request was under
 * way, which was answered as usual; the `admin` page; or any `request` that needed the store and could not have it.
 */
export interface RefusalEvent extends Happened<'refusal'>, OfRequest {
  readonly what: 'ping' | 'push' | 'route' | 'sign-in' | 'renewal' | 'save' | 'admin' | 'request'
  /** That of the error; absent for a `renewal` and a `save`. */
  readonly code?: string
  /** Why the session had ended; absent where it had not, or nobody knows. */
  readonly reason?: EndReason
}

/** An activity could not be recorded, or not confirmed: the store could not be asked, or refused. */
interface UnrecordedEvent extends Happened<'unrecorded'>, OfSession {
  readonly via: Via
}

/** An event of the audit trail: a message of the channel `fastify-session-security:audit`. */
export type AuditEvent =
  | StartEvent | RenewalEvent | AuthenticationEvent | SignOutEvent | EvictionEvent | RevocationEvent | EndEvent
  | RefusalEvent | UnrecordedEvent
