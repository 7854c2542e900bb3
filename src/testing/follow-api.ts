/** The members of a Playwright context that the kit uses. Its pages have one clock. */
export interface FollowedContext {
  readonly clock: {
    install (options: { time: number }): Promise<void>
    pauseAt (time: number): Promise<void>
    runFor (ms: number): Promise<void>
    fastForward (ms: number): Promise<void>
  }
  addInitScript (script: string): Promise<unknown>
  pages (): ReadonlyArray<{ url (): string, evaluate (expression: string): Promise<unknown> }>
  on (event: 'close', listener: () => void): unknown
  on (event: 'request' | 'requestfinished' | 'requestfailed', listener: (request: FollowedRequest) => void): unknown
}

/** The members of a Playwright request that the kit uses. */
export interface FollowedRequest {
  resourceType (): string
  /** @throws for a request of no frame */
  frame (): { page (): { once (event: 'close', listener: () => void): unknown } }
}

/** The member of a Playwright page that the kit uses. */
export interface FollowedPage {
  context (): FollowedContext
}

/** The machine of a real browser, whose time goes with that of the kit. */
export interface Follower {
  /**
   * Closes the lid of the machine for so many seconds, and opens it.
   *
   * @throws {TestKitError}
   */
  sleepLid (seconds: number): Promise<void>
}
