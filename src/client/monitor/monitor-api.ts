import type { EndReason, EndsBy } from '../../core/policy.ts'
import type { LiveView } from '../../core/view.ts'

/**
 * The state of the page. `offline`: by the local clocks the warning or the end has come, and the server, which alone
 * decides, cannot be reached.
 */
export type MonitorState = 'active' | 'warning' | 'ended' | 'offline'

/** `none`: the server does not say why. `otherUser`: another user is signed in now, in this browser. */
export type PageEndReason = EndReason | 'none' | 'otherUser'

export type MonitorEvent = 'warning' | 'extended' | 'ended' | 'signOut' | 'offline' | 'online'

/**
 * The state of a page at one moment. It is immutable. Each change, but for the countdown, makes a new object, as
 * `useSyncExternalStore` wants it.
 */
export interface MonitorSnapshot {
  readonly state: MonitorState
  /** True if the page must be hidden. The local deadline has passed, or the session ended. */
  readonly concealed: boolean
  /** True while activity can still put the end off. */
  readonly extendable: boolean
  readonly endsBy: EndsBy
  /** The reason of the end; null while the session goes on. */
  readonly reason: PageEndReason | null
  /**
   * True if something other than the ping route answered the last question. It may be a guard, a single sign-on that
   * redirects, or a captive portal. Asking again will not help; loading a page (`leave()`) may.
   */
  readonly refused: boolean
  /** One-way key of the user whose page it is. It is null for an anonymous page, and while the key is not known. */
  readonly user: string | null
  /** Idle seconds until the warning, as the server says. */
  readonly warnAfter: number
  /** Idle seconds until the end, as the server says. */
  readonly expireAfter: number
}

/**
 * An announcement of the page.
 *
 * - `upload`: a form goes to the server, and leaving would cut it off.
 * - `signOut`: a sign-out leaves the page.
 * - `signOutByScript`: a script signs out.
 * - `stay`: the page is not left for a sign-out after all.
 */
export type PageNote = 'upload' | 'signOut' | 'signOutByScript' | 'stay'

/** The page's own data. */
export interface PageOptions {
  /**
   * The tag of the session that the page was made for. If the browser shows the page again from its cache, the client
   * leaves it when that session is over. Without a tag, such a page counts as anonymous.
   */
  readonly tag?: string
  /**
   * One-way key of the user that the page was made for. `null` for a page that was made for nobody. Default: not known.
   */
  readonly user?: string | null
  /**
   * The session as the server saw it when it answered with the page. With it, the page is warned and hidden in time
   * without a ping.
   */
  readonly view?: LiveView
}

export interface IdleMonitor {
  start (): void
  stop (): void
  /** Reports an activity that the monitor cannot see itself. */
  activity (): void
  /**
   * Reports activity at once, for "Stay signed in".
   *
   * @returns the snapshot after the answer
   */
  extend (): Promise<MonitorSnapshot>
  /** Signs out in all tabs. It rejects if that failed; the page then stays. */
  signOut (): Promise<void>
  /** Counts as activity until the returned function is called. A playing video is an example. */
  keepActive (): () => void
  /** Asks the server now, without claiming activity. */
  check (): Promise<MonitorSnapshot>
  /**
   * Calls a listener after every change of the snapshot.
   *
   * @returns a function that unsubscribes
   */
  subscribe (listener: () => void): () => void
  getSnapshot (): MonitorSnapshot
  /**
   * Returns the milliseconds until the end, never negative. They follow from the last answer and the local clocks. The
   * result is `Infinity` before the first answer.
   */
  expiresInMs (): number
  /**
   * Calls a listener at an event. `signOut` is a deliberate sign-out, before the page leaves.
   *
   * @returns a function that removes the listener
   */
  on (event: MonitorEvent, listener: (snapshot: MonitorSnapshot) => void): () => void
  /** Leaves the page, as at the end of the session. A hidden page offers this as a way out. */
  leave (): void
  /**
   * Registers a task that must run before the page is left at the end. It has at most 300 ms.
   *
   * @returns a function that removes the task
   */
  beforeLeave (task: () => Promise<unknown>): () => void
  /**
   * Announces that the document shows another page now, without a load (Turbo, htmx). Another user's page ends this
   * one. If one of the two pages was made for nobody, or by another sign-in, the monitor starts anew.
   */
  setPage (page: PageOptions): void
  /** Announces what the page is about to do. */
  note (note: PageNote): void
  /** True in a frame of a page that carries a monitor of this application. That page then warns and leaves. */
  readonly isFramed: boolean
  /** The address of the ping route. Pages of one application know each other by it. */
  readonly pingUrl: string
  /**
   * Short one-way tag of the session, from the ping's answer. It is null before the first answer, and changes with
   * every sign-in.
   */
  readonly tag: string | null
}
