import type { MonitorState, PageEndReason, PageOptions } from '../client/monitor/monitor-api.ts'

/** What the browser client is told of a page. Default of `pingUrl`: where the application has its ping route. */
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
   * `warning`: the warning. `extended`: it went away. `hidden`, `shown`: what the page shows. `offline`: that the
   * server cannot be reached. `left`: the page was left.
   */
  readonly what: 'warning' | 'extended' | 'hidden' | 'shown' | 'offline' | 'left'
}

/** How a page was left. */
export interface Departure extends Sight {
  readonly what: 'left'
  readonly from: string
  readonly to: string
  readonly reason: PageEndReason
}

/** A tab, which shows one page after the other, each with the real monitor of the browser client. It has no DOM. */
export interface TestTab {
  /** Where it is: path, query and hash. */
  readonly url: string
  /** Of the page; 0 before there is one, and for one that another server makes. */
  readonly status: number
  /** The page, as the server made it. */
  readonly body: string
  /** How the page stands; null for one without the browser client. */
  readonly state: MonitorState | null
  /** Whether what the page shows is hidden. */
  readonly isHidden: boolean
  /** Whole seconds until the end, as the page knows; `Infinity` before it knows. */
  readonly expiresIn: number
  /** What a person saw, the first first. */
  readonly seen: ReadonlyArray<Sight | Departure>
  /** How a page was left at last because its session was over; null while none was. */
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
  /** Another tab is shown in its place. */
  toBack (): Promise<void>
  toFront (): Promise<void>
  close (): Promise<void>
}
