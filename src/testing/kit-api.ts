import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { SweepResult } from '../plugins/sweeper.ts'
import type { MemoryStore } from '../store/memory-store.ts'
import type { EndedSession } from '../store/store.ts'
import type { BrowserOptions, TestBrowser } from './browser-api.ts'
import type { FollowedContext, FollowedPage, Follower } from './follow-api.ts'

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
  /** Signs a user in to the application, by its own route, with the browser that it is given. */
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
   * Lets so many seconds go by in which nobody does anything. Pages ask, warn, hide and are left, and the sweep runs,
   * each in its turn.
   * @throws {TestKitError} when the store goes by a clock of its own
   */
  idle (seconds: number): Promise<void>
  /**
   * Ends all sessions of a user, as an administrator does. Waits until `onSessionEnd` was told.
   *
   * @returns those that it ended
   */
  revoke (user: string | number | bigint): Promise<readonly EndedSession[]>
  /** Looks for ended sessions now. Waits until `onSessionEnd` was told. */
  sweep (): Promise<SweepResult>
  /**
   * Moves the time of a page or a context of Playwright with that of the kit. To be called before the page is loaded.
   * A page reaches the application under an address of its own: `await kit.app.listen()`.
   */
  follow (page: FollowedPage | FollowedContext): Promise<Follower>
  /** Closes all tabs, and the application. */
  close (): Promise<void>
}
