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
