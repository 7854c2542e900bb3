import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { SweepResult } from '../plugins/sweeper.ts'
import type { MemoryStore } from '../store/memory-store.ts'
import type { EndedSession } from '../store/store.ts'
import type { BrowserOptions, TestBrowser } from './browser-api.ts'
import type { FollowedContext, FollowedPage, Follower } from './follow-api.ts'

/** The store and the clock that the builder of the application gets, so that the kit can move its time. */
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
  /** Signs a user in to the application, by its own route, with the browser that it is given. */
  readonly signIn?: (browser: TestBrowser, user: string) => unknown
}

/** An application under a clock that a test moves, and the browsers of the people who use it. */
export interface SessionKit<App extends Application = Application> {
  readonly app: App
  /** The time of the sessions and of all browsers, in milliseconds since the epoch. */
  readonly nowMs: number
  /** Makes a browser of another person, without cookies. */
  browser (options?: BrowserOptions): TestBrowser
  /**
   * Makes a browser, signs a user in there by the option `signIn`, and asks by a ping whether that succeeded.
   * @throws {TestKitError} when nobody is signed in afterwards; it names the last answer
   */
  signIn (user: string, options?: BrowserOptions): Promise<TestBrowser>
  /**
   * Lets so many seconds pass in which nobody does anything. Pages ask, warn, hide and are left, and the sweep runs,
   * each in its turn.
   * @throws {TestKitError} when the store has a clock of its own
   */
  idle (seconds: number): Promise<void>
  /**
   * Ends all sessions of a user, as an administrator does, and waits until `onSessionEnd` was called.
   *
   * @returns the sessions that it ended
   */
  revoke (user: string | number | bigint): Promise<readonly EndedSession[]>
  /** Looks for ended sessions now, and waits until `onSessionEnd` was called. */
  sweep (): Promise<SweepResult>
  /**
   * Moves the time of a page or a context of Playwright with that of the kit. Call it before the page is loaded. The
   * page reaches the application by its own address: `await kit.app.listen()`.
   */
  follow (page: FollowedPage | FollowedContext): Promise<Follower>
  /** Closes all tabs, and the application. */
  close (): Promise<void>
}
