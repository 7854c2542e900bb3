import type { MonitorState, PageEndReason, PageOptions } from '../client/monitor/monitor-api.ts'

/**
 * The options with which the browser client starts in a tab. Default of `pingUrl`: the ping route of the application.
 */
export interface ClientSettings extends PageOptions {
  readonly pingUrl?: string
  readonly signOutUrl?: string
  readonly redirectToLogout?: string
  readonly loginUrl?: string
  readonly extendBy?: 'activity' | 'button'
  readonly onEnd?: (reason: PageEndReason) => void
}

/** Something that a person saw happen in a tab. */
export interface Sight {
  /** Whole seconds since the tab was opened. */
  readonly after: number
  /**
   * `warning`: the warning appeared. `extended`: it went. `hidden`, `shown`: the page was hidden, or shown again.
   * `offline`: the server could not be reached. `left`: the page was left.
   */
  readonly what: 'warning' | 'extended' | 'hidden' | 'shown' | 'offline' | 'left'
}

/** The moment at which a page was left. */
export interface Departure extends Sight {
  readonly what: 'left'
  readonly from: string
  readonly to: string
  readonly reason: PageEndReason
}

/** A tab without a DOM. Each of its pages has the real monitor of the browser client. */
export interface TestTab {
  /** The address: path, query and hash. */
  readonly url: string
  /** The status of the page. It is 0 before there is one, and for a page of another server. */
  readonly status: number
  /** The page, as the server made it. */
  readonly body: string
  /** The state of the monitor; `null` for a page without the browser client. */
  readonly state: MonitorState | null
  /** Whether what the page shows is hidden. */
  readonly isHidden: boolean
  /** Whole seconds until the end, as the page knows it; `Infinity` before it knows. */
  readonly expiresIn: number
  /** Everything that a person saw in this tab, in its order. */
  readonly seen: ReadonlyArray<Sight | Departure>
  /** The last page that was left because its session was over; `null` while none was. */
  readonly left: Departure | null
  /** The person does something: presses a key, or moves the mouse. */
  activity (): Promise<void>
  /** The person does something every few seconds, for so many seconds. */
  work (seconds: number): Promise<void>
  /** Presses «Stay signed in» in the warning. */
  extend (): Promise<void>
  /** Presses «Sign out» in the warning. Rejects when it did not succeed. */
  signOut (): Promise<void>
  /** Goes to another page. */
  goto (url: string): Promise<void>
  reload (): Promise<void>
  /** Brings another tab to the front. */
  toBack (): Promise<void>
  toFront (): Promise<void>
  close (): Promise<void>
}
