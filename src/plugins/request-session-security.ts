import type { EndReason } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { View } from '../core/view.ts'
import type { Handle } from '../store/handle.ts'
import type { EndedSession } from '../store/store.ts'
import type { OwnSession } from './own-sessions.ts'

/** `request.sessionSecurity`: the caller's session, for the length of one request. There from this package's `onRequest` on. */
export interface RequestSessionSecurity {
  /** The public name of the session; `null` while there is none in the store. */
  readonly handle: Handle | null
  /** Whether this request happens without a person. */
  readonly passive: boolean
  /** What is known of the life of a protected session; `null` for a visitor. */
  readonly record: SessionRecord | null

  /** What the server knows about the session at this moment: what a ping would be answered. */
  view (): View

  /** Why the session ended that the request's cookie names: told to the holder of a validly signed cookie only, else `none`. */
  endReason (): Promise<EndReason | 'none'>

  /** Counts this moment as activity, whatever the request is: for a message on a socket, say. Not throttled. */
  touch (): Promise<void>

  /** Reports that the person has been idle for so long, in milliseconds: what a ping does. Most recent activity wins (G1). */
  report (idleForMs: number): Promise<void>

  /**
   * Says that a person has just proved who they are: call it where the password or the second factor was right. The
   * absolute deadline then counts from now. Without this call, a session that is signed in keeps its absolute deadline,
   * also through `session.regenerate()`. Takes effect when the response is sent.
   */
  reauthenticated (): void

  /**
   * The live sessions of the caller's user, for a page of "your devices"; none for a visitor.
   * @throws {NoActivityStoreError | NoUserError}
   */
  mine (): Promise<OwnSession[]>

  /**
   * Ends them all, at once, but the caller's own: "sign out everywhere else", to be offered after a password change (OWASP ASVS 5.0, 7.4.3).
   * @throws {NoActivityStoreError | NoUserError}
   */
  endOthers (): Promise<EndedSession[]>
}
