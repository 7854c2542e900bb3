import type { EndReason, EndsBy } from '../../core/policy.ts'

/**
 * How the page stands. `offline`: past the warning or the end by the clocks of this machine, and the server, which
 * alone decides, cannot be reached.
 */
export type MonitorState = 'active' | 'warning' | 'ended' | 'offline'

/** `none`: the server does not say why. `otherUser`: somebody else is signed in now, in this browser. */
export type PageEndReason = EndReason | 'none' | 'otherUser'

export type MonitorEvent = 'warning' | 'extended' | 'ended' | 'signOut' | 'offline' | 'online'

/** Immutable; a new object whenever something but the countdown changes, as `useSyncExternalStore` wants it. */
export interface MonitorSnapshot {
  readonly state: MonitorState
  /** Whether what the page shows must be hidden: the local deadline has passed, or the session ended. */
  readonly concealed: boolean
  /** Whether activity can still put the end off. */
  readonly extendable: boolean
  readonly endsBy: EndsBy
  /** Why it ended; null while it has not. */
  readonly reason: PageEndReason | null
  /**
   * Whether something other than the ping route answered the last question: a guard, a single sign-on that redirects, a
   * captive portal. Asking again will not help; loading a page (`leave()`) may.
   */
  readonly refused: boolean
  /** One-way key of the user whose page it is; null for a visitor's page, and before anybody has told. */
  readonly user: string | null
  /** Idle seconds until the warning, as the server says. */
  readonly warnAfter: number
  /** Idle seconds until the end, as the server says. */
  readonly expireAfter: number
}

export interface IdleMonitor {
  start (): void
  stop (): void
  /** Somebody did something: for what the monitor cannot see itself. */
  activity (): void
  /** "Stay signed in": reports activity at once. @returns the snapshot after the answer. */
  extend (): Promise<MonitorSnapshot>
  /** A deliberate sign-out, in all tabs. Rejects when it did not succeed; the page then stays. */
  signOut (): Promise<void>
  /** For video and the like: counts as activity until the returned function is called. */
  keepActive (): () => void
  /** Asks the server now, without claiming activity. */
  check (): Promise<MonitorSnapshot>
  /** Called after every change of the snapshot. @returns unsubscribe */
  subscribe (listener: () => void): () => void
  getSnapshot (): MonitorSnapshot
  /** Milliseconds until the end by the last answer and the local clocks; never negative. `Infinity` before the first answer. */
  expiresInMs (): number
  /** `signOut` is the deliberate one, before the page leaves. @returns off */
  on (event: MonitorEvent, listener: (snapshot: MonitorSnapshot) => void): () => void
  /** Leaves the page, as at the end of the session: a way out of a page that is hidden. */
  leave (): void
  /** Short one-way tag of the session, from the ping's answer; null before the first. Changes with every sign-in. */
  readonly tag: string | null
}
