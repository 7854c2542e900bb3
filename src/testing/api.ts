import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { MonitorState, PageEndReason, PageOptions } from '../client/monitor/monitor-api.ts'
import type { EndedSession } from '../store/store.ts'
import type { MemoryStore } from '../store/memory-store.ts'
import type { SweepResult } from '../plugins/sweeper.ts'

/** What the kit gives an application: it goes by these, so that the kit can move its time. */
export interface Given {
  /** Sessions in memory, by the clock of the kit. */
  readonly store: MemoryStore
  /** The clock of the kit, for a store of the application's own: `new MemoryStore({ clock, retention })`. */
  readonly clock: Clock
}

/** What the kit uses of a Fastify instance. */
export interface Application {
  ready (): PromiseLike<unknown>
  close (): PromiseLike<unknown>
  inject (options: InjectOptions): PromiseLike<LightMyRequestResponse>
}

export interface KitOptions {
  /** Signs a user in to the application: by its own route, with the browser that it is given. `kit.signIn()` needs it. */
  readonly signIn?: (browser: TestBrowser, user: string) => unknown
}

/** An application under a clock that a test moves, and the browsers of the people who use it. */
export interface SessionKit<App extends Application = Application> {
  readonly app: App
  /** Milliseconds since the epoch: what time it is for the sessions and in all browsers. */
  readonly nowMs: number
  /** Another browser of another person, with no cookie. */
  browser (options?: BrowserOptions): TestBrowser
  /**
   * Signs a user in, in a browser of their own, by the option `signIn`, and asks by a ping whether somebody is.
   * @throws {TestKitError} when nobody is signed in there then; names what was answered last
   */
  signIn (user: string, options?: BrowserOptions): Promise<TestBrowser>
  /**
   * Lets so many seconds go by in which nobody does anything. Pages ask, warn, hide and are left, and the sweep runs, each
   * in its turn.
   * @throws {TestKitError} when the store goes by a clock of its own
   */
  idle (seconds: number): Promise<void>
  /** Ends all sessions of a user, as an administrator does. Waits until `onSessionEnd` was told. @returns those that it ended */
  revoke (user: string | number | bigint): Promise<readonly EndedSession[]>
  /** Looks for ended sessions now. Waits until `onSessionEnd` was told. */
  sweep (): Promise<SweepResult>
  /**
   * Moves the time of a page or a context of Playwright with that of the kit. To be called before the page is loaded. A page
   * reaches the application under an address of its own: `await kit.app.listen()`.
   */
  follow (page: FollowedPage): Promise<Follower>
  /** Closes all tabs, and the application. */
  close (): Promise<void>
}

export interface BrowserOptions {
  /** What every request of the browser brings, such as `{ 'user-agent': 'Firefox' }`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a body may be: an object goes out as JSON, `URLSearchParams` as a form does. */
export type Payload = InjectOptions['payload'] | URLSearchParams

/** A browser of one person, on a machine of its own: its tabs share cookies, and hear each other. */
export interface TestBrowser {
  /** In the order in which they were opened. */
  readonly tabs: readonly TestTab[]
  /** The cookies that go out with a request of this path, by their names. Default: `/`. */
  cookies (path?: string): Readonly<Record<string, string>>
  /**
   * Opens a page in a tab of its own, as a person does: redirects are followed, and the browser client starts as the tags in
   * the page say.
   *
   * @param client for a page that another server makes: the page is not asked for, and the client starts with these
   */
  open (url: string, client?: ClientSettings): Promise<TestTab>
  /** Sends a request with the cookies of the browser. No redirect is followed. It counts as any other of a person. */
  get (url: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
  post (url: string, payload?: Payload, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
  request (options: InjectOptions): Promise<LightMyRequestResponse>
  /**
   * Closes the lid of the machine for so many seconds, and opens it: meanwhile nothing happens on its pages, while the
   * server and all other browsers go on.
   * @throws {TestKitError} when the store goes by a clock of its own
   */
  sleepLid (seconds: number): Promise<void>
  /** Closes all tabs, and forgets the cookies that last as long as the browser. */
  quit (): Promise<void>
}

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
   * `warning`: the warning. `extended`: it went away. `hidden`, `shown`: what the page shows. `offline`: that the server
   * cannot be reached. `left`: the page was left.
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

/** What is used of a page or a context of Playwright. */
export interface FollowedPage {
  readonly clock: {
    install (options: { time: number }): Promise<void>
    pauseAt (time: number): Promise<void>
    runFor (ms: number): Promise<void>
    fastForward (ms: number): Promise<void>
  }
  on (event: 'request', listener: (request: { url (): string }) => void): unknown
  on (event: 'requestfinished', listener: (request: object) => void): unknown
  on (event: 'requestfailed', listener: (request: object) => void): unknown
  addInitScript (script: string): Promise<unknown>
}

/** The machine of a real browser, whose time goes with that of the kit. */
export interface Follower {
  /** Closes the lid of the machine for so many seconds, and opens it. @throws {TestKitError} */
  sleepLid (seconds: number): Promise<void>
}
