import type { PageEndReason, PageOptions } from './monitor-api.ts'
import type { Surroundings } from './surroundings.ts'

interface CsrfOptions {
  /** The token. Default: that of `<meta name="csrf-token">`, if there is one. */
  readonly token?: string
  /** The header that carries the token. Default: `csrf-token`. */
  readonly header?: string
  /** The form field that carries the token too. Default: none. */
  readonly field?: string
}

/** The options of a monitor, beside the page's own data. */
export interface MonitorOptions extends PageOptions {
  /** The address of the ping route, on this site. */
  readonly pingUrl: string
  /** The address at which a `POST` signs out. `signOut()` needs this or `signOut`. */
  readonly signOutUrl?: string
  /** Signs out in a way of your own, with a token against request forgery, say. */
  readonly signOut?: () => Promise<unknown>
  /** The protection of the `POST` to `signOutUrl` against request forgery. A sign-out form of the page replaces it. */
  readonly csrf?: CsrfOptions
  /**
   * The address to go to at the end. Default: `loginUrl`, or else the same page again, which the server then refuses or
   * shows to an anonymous user.
   */
  readonly redirectToLogout?: string
  /** The page to sign in at, which is given `?next=<this page>&reason=<why>`. */
  readonly loginUrl?: string
  /** Runs at the end, instead of going anywhere. The page stays hidden until `stop()`. */
  readonly onEnd?: (reason: PageEndReason) => void
  /** Decides how the end is put off during the warning. Any activity does it (the default), or only `extend()`. */
  readonly extendBy?: 'activity' | 'button'
  /** Sends a request. Default: the browser's own `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** Replaces `window` in tests. */
  readonly window?: Surroundings
}
