import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { SweepResult } from '../sweep/sweeper.ts'
import type { MemoryStore } from '../store/memory/memory-store.ts'
import type { EndedSession } from '../store/store.ts'
import type { BrowserOptions, TestBrowser } from './browser-api.ts'
import type { FollowedContext, FollowedPage, Follower } from './follow-api.ts'

/** The arguments of `build()`. With them the kit can move the time of the application. */
export interface Given {
  /** A store in memory, which goes by the clock of the kit. */
  readonly store: MemoryStore
  /** The clock of the kit, for a store of the application's own: `new MemoryStore({ clock, retention })`. */
  readonly clock: Clock
}

/** The members of a Fastify instance that the kit uses. */
export interface Application {
  ready (): PromiseLike<unknown>
  close (): PromiseLike<unknown>
  inject (options: InjectOptions): PromiseLike<LightMyRequestResponse>
}

/** The options of the kit. */
export interface KitOptions {
  /** Signs a user in with the given browser, by a route of the application. */
  readonly signIn?: (browser: TestBrowser, user: string) => unknown
}

/** An application under a clock that a test moves, with browsers of its users. */
export interface SessionKit<App extends Application = Application> {
  readonly app: App
  /** The time of the sessions and of all browsers, in milliseconds since the epoch. */
  readonly nowMs: number
  /** Makes a browser of another person, without cookies. */
  browser (options?: BrowserOptions): TestBrowser
  /**
   * Makes a browser, signs a user in by `signIn`, and checks that by a ping.
   *
   * @throws {TestKitError} when nobody is signed in afterwards; the message has the last answer
   */
  signIn (user: string, options?: BrowserOptions): Promise<TestBrowser>
  /**
   * Lets so many seconds pass without any activity. Pages ping, warn, hide and are left, and the sweep runs, in order.
   *
   * @throws {TestKitError} when the store has a clock of its own
   */
  idle (seconds: number): Promise<void>
  /**
   * Ends all sessions of a user as an operator does, and waits for `onSessionEnd`.
   *
   * @returns the sessions that it ended
   */
  revoke (user: string | number | bigint): Promise<readonly EndedSession[]>
  /** Runs the sweep, and waits for `onSessionEnd`. */
  sweep (): Promise<SweepResult>
  /**
   * Moves the time of a Playwright page or context with that of the kit. Call it before the page is loaded. The page
   * reaches the application by its own address: `await kit.app.listen()`.
   */
  follow (page: FollowedPage | FollowedContext): Promise<Follower>
  /** Closes all tabs, and the application. */
  close (): Promise<void>
}
