import autocannon from 'autocannon'

/** What a round asks for, and how it went. */
export interface Round {
  readonly url: string
  /** One for each connection, or none. */
  readonly cookies: readonly string[]
  readonly connections: number
  readonly seconds: number
}

export interface Outcome {
  readonly requests: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failures: number
}

/** The load, in a process of its own: it is sent rounds, and sends outcomes. */
process.on('message', async (message: Round) => {
  const { url, cookies, connections, seconds } = message
  const people = cookies.values()
  const { requests: done, latency, duration, non2xx, errors } = await autocannon({
    url,
    connections,
    duration: seconds,
    setupClient (client) {
      const { value: cookie } = people.next()
      if (cookie !== undefined) client.setHeaders({ cookie })
    }
  })
  const outcome: Outcome = { requests: done.total, perSecond: done.total / duration, p50Ms: latency.p50, p99Ms: latency.p99, failures: non2xx + errors }
  process.send?.(outcome)
})
process.once('disconnect', () => process.exit())
