import type { EndReason, EndsBy } from '../../core/policy.ts'
import type { LiveView } from '../../core/view.ts'

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

/**
 * What a page is about to do. `upload`: a form goes to the server, which leaving would cut off. `signOut`: it is left
 * for a
 * sign-out. `signOutByScript`: a script signs out. `stay`: it is not left for a sign-out after all.
 */
export type PageNote = 'upload' | 'signOut' | 'signOutByScript' | 'stay'

/** What a page says of itself. */
export interface PageOptions {
  /**
   * The tag of the session that the page was made for. With it, a page that the browser shows again from its cache is
   * left when that session is over; without it, it is taken for a visitor's.
   */
  readonly tag?: string
  /**
   * One-way key of the user that the page was made for; `null` for a page that was made for nobody. Default: not
   * known.
   */
  readonly user?: string | null
  /**
   * The session as the server saw it when it answered with the page: the page is warned and hidden in time without a
   * ping.
   */
  readonly view?: LiveView
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
  /**
   * Milliseconds until the end by the last answer and the local clocks; never negative. `Infinity` before the first
   * answer.
   */
  expiresInMs (): number
  /** `signOut` is the deliberate one, before the page leaves. @returns off */
  on (event: MonitorEvent, listener: (snapshot: MonitorSnapshot) => void): () => void
  /** Leaves the page, as at the end of the session: a way out of a page that is hidden. */
  leave (): void
  /** Registers what must be done before the page is left at the end; at most 300 ms are given to it. @returns off */
  beforeLeave (task: () => Promise<unknown>): () => void
  /**
   * Says that the document shows another page now, without having been loaded anew (Turbo, htmx). Another user's ends
   * this one;
   * where one of the two was made for nobody, or by another sign-in, the monitor starts anew.
   */
  setPage (page: PageOptions): void
  /** Says what the page is about to do. */
  note (note: PageNote): void
  /**
   * Whether the page is in a frame of a page that carries a monitor of this application, and leaves warning and
   * leaving to it.
   */
  readonly isFramed: boolean
  /** The address of the ping route: by it, the pages of one application know each other. */
  readonly pingUrl: string
  /** Short one-way tag of the session, from the ping's answer; null before the first. Changes with every sign-in. */
  readonly tag: string | null
}
