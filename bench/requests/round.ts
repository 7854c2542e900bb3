/** One server, and the cookies of its browsers. There are none, or at least one for each connection. */
export interface Target {
  readonly url: string
  readonly cookies: readonly string[]
}

/** The order for one round of load. The load answers with an `Outcome`. */
export interface Round {
  readonly targets: readonly Target[]
  /**
   * Requests that are under way at once, at all targets together. With fewer connections than targets, the load sends
   * one request at a time, to each target in turn.
   */
  readonly connections: number
  readonly seconds: number
}

export interface Outcome {
  readonly requests: number
  readonly perSecond: number
  readonly p99Ms: number
  readonly failures: number
}
