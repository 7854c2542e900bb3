import type { PageEndReason, PageOptions } from './monitor-api.ts'
import type { Surroundings } from './surroundings.ts'

export interface CsrfOptions {
  /** Default: that of `<meta name="csrf-token">`, if there is one. */
  readonly token?: string
  /** The header that brings it. Default `csrf-token`. */
  readonly header?: string
  /** The field of a form that brings it too. Default none. */
  readonly field?: string
}

/** What the page says of itself: `tag`, `user`, `view`. And: */
export interface MonitorOptions extends PageOptions {
  /** Where the ping route is, on this site. */
  readonly pingUrl: string
  /** Where a `POST` signs out. `signOut()` needs this or `signOut`. */
  readonly signOutUrl?: string
  /** Signs out in a way of your own, with a token against request forgery, say. */
  readonly signOut?: () => Promise<unknown>
  /** What the `POST` to `signOutUrl` brings against request forgery, unless the page has a form of its own for that. */
  readonly csrf?: CsrfOptions
  /**
   * Where the browser goes at the end. Default: to `loginUrl`, or else to the same page again, which the server then
   * refuses or shows to a visitor.
   */
  readonly redirectToLogout?: string
  /** The page to sign in at, which is given `?next=<this page>&reason=<why>`. */
  readonly loginUrl?: string
  /** Called at the end, in place of going anywhere. The page stays hidden until `stop()`. */
  readonly onEnd?: (reason: PageEndReason) => void
  /** What puts the end off while the warning stands: anything a person does (the default), or only `extend()`. */
  readonly extendBy?: 'activity' | 'button'
  /** Default: the browser's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** For tests. */
  readonly window?: Surroundings
}
