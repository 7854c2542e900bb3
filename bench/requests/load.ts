import autocannon from 'autocannon'

/** What a round asks for, and how it went. */
export interface Round {
  readonly url: string
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
  const { pathname, search } = new URL(url)
  const requests = cookies.map(cookie => ({ method: 'GET' as const, path: pathname + search, headers: { cookie } }))
  const { requests: done, latency, duration, non2xx, errors } = await autocannon({ url, connections, duration: seconds, ...(requests.length === 0 ? {} : { requests }) })
  const outcome: Outcome = { requests: done.total, perSecond: done.total / duration, p50Ms: latency.p50, p99Ms: latency.p99, failures: non2xx + errors }
  process.send?.(outcome)
})
process.once('disconnect', () => process.exit())
