/** What is used of a context of Playwright. All of its pages have one clock. */
export interface FollowedContext {
  readonly clock: {
    install (options: { time: number }): Promise<void>
    pauseAt (time: number): Promise<void>
    runFor (ms: number): Promise<void>
    fastForward (ms: number): Promise<void>
  }
  addInitScript (script: string): Promise<unknown>
  pages (): ReadonlyArray<{ evaluate (expression: string): Promise<unknown> }>
}

/** What is used of a page of Playwright. */
export interface FollowedPage {
  context (): FollowedContext
}

/** The machine of a real browser, whose time goes with that of the kit. */
export interface Follower {
  /** Closes the lid of the machine for so many seconds, and opens it. @throws {TestKitError} */
  sleepLid (seconds: number): Promise<void>
}
