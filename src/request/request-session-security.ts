import type { ConnectionTarget } from '../connections/target.ts'
import type { EndReason } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { View } from '../core/view.ts'
import type { Handle } from '../store/handle.ts'
import type { EndedSession } from '../store/store.ts'
import type { OwnSession } from './own-sessions.ts'

/** The state of a request's session. */
export type Status = View & {
  /** The moment of the store's answer, in milliseconds since the epoch by the store's clock. */
  readonly asOfMs: number
}

/** The argument of `reauthenticated()`. */
export interface Reauthentication {
  /** The names of the methods, such as `['pwd', 'otp']` (RFC 8176, §2). Default none. */
  readonly methods?: readonly string[] | undefined
  /** Whether the absolute deadline counts from now. Default `false`: it counts from the sign-in. */
  readonly restart?: boolean | undefined
}

/**
 * The session of one request: `request.sessionSecurity`.
 *
 * It exists from the plugin's `onRequest` hook on. All members follow renewals: if another request has renewed the
 * session, they concern its successor.
 */
export interface RequestSessionSecurity {
  /** The public name of the session; `null` while the store has none. */
  readonly handle: Handle | null
  /** Whether this request is passive: it happens without a person. */
  readonly passive: boolean
  /** The times of an authenticated session; `null` for an anonymous one. */
  readonly record: SessionRecord | null

  /**
   * Tells this request's knowledge of the session, with the times of this moment.
   *
   * It does not ask the store: it says `ended` only if the store said so, or the absolute deadline has passed.
   */
  status (): Status

  /**
   * Asks the store for the session's state, for long requests and for open connections.
   * @throws {StoreUnavailableError | LaterVersionError}
   */
  confirm (): Promise<Status>

  /**
   * Tells why the session of the request's cookie ended.
   * @returns `none` when it did not end, or when the cookie has no valid signature
   */
  endReason (): Promise<EndReason | 'none'>

  /**
   * Records activity at this moment, also in a passive request.
   *
   * It suits a message on a socket, for example. The option `throttle` holds here too.
   * @returns whether the session is alive and authenticated, so that the activity counts
   * @throws {StoreUnavailableError | LaterVersionError}
   */
  recordActivity (): Promise<boolean>

  /**
   * Reports that the person has been idle for so many seconds, as a ping does.
   *
   * The most recent activity counts (G1: last activity never moves back).
   * @param seconds 0 or more
   * @returns whether the session is alive and authenticated
   * @throws {BadOptionError | StoreUnavailableError}
   */
  reportIdle (seconds: number): Promise<boolean>

  /** The last authentication, in milliseconds by the store's clock; `null` for an anonymous session. */
  readonly authenticatedAtMs: number | null

  /** The methods of that authentication; empty if `reauthenticated()` named none. */
  readonly methods: readonly string[]

  /**
   * Reports that the person has just proved who they are, for example by a password.
   *
   * At a sign-in, call it to keep the methods. The session gets a new id when it is saved.
   * @throws {BadOptionError | UnknownOptionError}
   */
  reauthenticated (options?: Reauthentication): void

  /**
   * Lists the live sessions of the caller's user, the latest activity first.
   *
   * An anonymous session has none.
   * @throws {NoListingStoreError | NoUserError | StoreUnavailableError | LaterVersionError}
   */
  sessions (): Promise<OwnSession[]>

  /**
   * Ends all other sessions of the caller's user at once.
   *
   * It serves "sign out everywhere else" after a change of the password (OWASP ASVS 5.0, 7.4.3).
   * @returns the ends; none when this session itself is over
   * @throws {NoListingStoreError | NoUserError | StoreUnavailableError | LaterVersionError}
   */
  endOtherSessions (): Promise<EndedSession[]>

  /**
   * Closes a socket or a stream when the session ends, on any node (G17: nothing outlives the session).
   *
   * The plugin follows renewals, and detaches a target that closes by itself. It closes a WebSocket with 4401 and the
   * reason as text, cuts the connection of a response, aborts a controller with a {@link NoSessionError}, and calls
   * `close(reason)` of anything else. When the store has not answered for `connections.outageGrace`, the reason is
   * `unavailable`: 1013, or a {@link StoreUnavailableError}.
   *
   * @returns whether the target is attached to a live, authenticated session. `false`: the plugin has closed it,
   * because nobody is signed in, or nobody can tell
   * @throws {BadOptionError} for a target that cannot be closed
   */
  attach (target: ConnectionTarget): Promise<boolean>

  /** Lets an attached target outlive the session, such as an `AbortController` whose work is done. */
  detach (target: ConnectionTarget): void

  /**
   * Aborts with a {@link NoSessionError} when the session ends while the request is under way.
   *
   * It is aborted already if nobody is signed in.
   */
  readonly signal: AbortSignal

  /**
   * Makes the `Set-Cookie` line for a hijacked reply.
   *
   * The application must send the line itself, after `await request.session.save()`.
   * @returns `null` if the browser has the cookie already
   */
  cookieLine (): string | null
}
