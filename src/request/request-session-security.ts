import type { ConnectionTarget } from '../connections/target.ts'
import type { EndReason } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { View } from '../core/view.ts'
import type { Handle } from '../store/handle.ts'
import type { EndedSession } from '../store/store.ts'
import type { OwnSession } from './own-sessions.ts'

/** What a request knows of its session, and since when. */
export type Status = View & {
  /** When the store said so: milliseconds since the epoch, by the store's clock. */
  readonly asOfMs: number
}

export interface Reauthentication {
  /** Names of the methods, such as `['pwd', 'otp']` (RFC 8176, §2). Default: none. */
  readonly methods?: readonly string[] | undefined
  /** Whether the absolute deadline counts from now. Default: no, it counts from the sign-in. */
  readonly restart?: boolean | undefined
}

/**
 * `request.sessionSecurity`: the caller's session, for the length of one request. It is there from this package's `onRequest` on.
 * All of it follows renewals: a request that began under an id which another request renewed is about the successor.
 */
export interface RequestSessionSecurity {
  /** The public name of the session; `null` while there is none in the store. */
  readonly handle: Handle | null
  /** Whether this request happens without a person. */
  readonly passive: boolean
  /** What is known of the life of an authenticated session; `null` for an anonymous one. */
  readonly record: SessionRecord | null

  /**
   * What this request knows of the session, carried on to this moment. It asks nobody, and calls a session ended only if the store
   * said so or its absolute deadline has passed; see `confirm()`.
   */
  status (): Status

  /** Asks the store what became of the session: for requests that take long, and for open connections. @throws {StoreUnavailableError} */
  confirm (): Promise<Status>

  /** Why the session ended that the request's cookie names: said to the holder of a validly signed cookie only, else `none`. */
  endReason (): Promise<EndReason | 'none'>

  /**
   * Counts this moment as activity, whatever the request is: for a message on a socket, say. Throttled as requests are.
   * @returns whether the session is alive and authenticated, so that the activity counts
   * @throws {StoreUnavailableError}
   */
  recordActivity (): Promise<boolean>

  /**
   * Reports that the person has been idle for so many seconds: what a ping does. The most recent activity counts (G1: last activity never moves back).
   * @returns whether the session is alive and authenticated
   * @throws {BadOptionError | StoreUnavailableError}
   */
  reportIdle (seconds: number): Promise<boolean>

  /** When the person last proved who they are, in milliseconds since the epoch by the store's clock; `null` for an anonymous session. */
  readonly authenticatedAtMs: number | null

  /** How: what `reauthenticated()` said; empty where nothing was said. */
  readonly methods: readonly string[]

  /**
   * Says that the person has just proved who they are: call it where the password or the second factor was right, at sign-in too if
   * you want the methods kept. A session that goes on does so under a new id. Takes effect when the session is saved.
   * @throws {BadOptionError | UnknownOptionError}
   */
  reauthenticated (options?: Reauthentication): void

  /**
   * The live sessions of the caller's user, for a page of "your devices"; none for an anonymous session.
   * @throws {NoListingStoreError | NoUserError}
   */
  sessions (): Promise<OwnSession[]>

  /**
   * Ends them all, at once, but the caller's own: "sign out everywhere else", to be offered after a password change (OWASP ASVS 5.0, 7.4.3).
   * @throws {NoListingStoreError | NoUserError}
   */
  endOtherSessions (): Promise<EndedSession[]>

  /**
   * Hangs a socket or a stream on the session: it is closed when that ends, on whichever node it hangs (G17: nothing outlives
   * the session). It follows renewals, and is let go by itself when it closes. A WebSocket is closed with 4401 and the reason
   * as text, a response is cut off, a controller aborts with a {@link NoSessionError}, and anything else has its
   * `close(reason)` called. When the store has not answered for `connections.outageGrace`, the reason is `unavailable`: 1013,
   * or a {@link StoreUnavailableError}.
   *
   * @returns whether it hangs on a live, authenticated session. Otherwise it is closed already: nobody is signed in, or nobody
   * can tell
   * @throws {BadOptionError} for what cannot be closed
   */
  attach (target: ConnectionTarget): Promise<boolean>

  /** Lets a target go on without its session: one that cannot tell by itself that it is no longer needed. */
  detach (target: ConnectionTarget): void

  /**
   * Is aborted when the session ends while the request is under way, with a {@link NoSessionError}. At once where nobody is
   * signed in.
   */
  readonly signal: AbortSignal

  /**
   * The `Set-Cookie` line of a session that this request began, signed in to or renewed; `null` if the browser has its cookie already. A hijacked
   * reply must send it by itself, after `await request.session.save()`.
   */
  cookieLine (): string | null
}
