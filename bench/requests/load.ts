import autocannon from 'autocannon'
import { InTurn } from './in-turn.ts'
import type { Outcome, Round, Target } from './round.ts'

/** Runs the load in its own process. The process receives rounds, and answers each with its outcome. */
process.on('message', async (message: Round) => {
  const { targets, connections, seconds } = message
  if (connections < targets.length) {
    process.send?.(await new InTurn(targets).run(seconds))
    return
  }
  const share = Math.floor(connections / targets.length)
  const shares = targets.map((_target, i) => share + (i < connections % targets.length ? 1 : 0))
  process.send?.(sum(await Promise.all(targets.map(async (target, i) => await fire(target, shares[i] ?? 0, seconds)))))
})
process.once('disconnect', () => process.exit())

async function fire ({ url, cookies }: Target, connections: number, duration: number): Promise<Outcome> {
  let next = 0
  const { requests: done, latency, duration: took, non2xx, errors } = await autocannon({
    url,
    connections,
    duration,
    setupClient (client) {
      const first = next++
      const own = cookies.filter((_cookie, i) => i % connections === first)
      if (own.length > 1) client.setRequests(own.map(cookie => ({ headers: { cookie } })))
      else if (own[0] !== undefined) client.setHeaders({ cookie: own[0] })
    }
  })
  return { requests: done.total, perSecond: done.total / took, p99Ms: latency.p99, failures: non2xx + errors }
}

function sum (outcomes: readonly Outcome[]): Outcome {
  const total = (of: (outcome: Outcome) => number): number => outcomes.reduce((all, outcome) => all + of(outcome), 0)
  return {
    requests: total(({ requests }) => requests),
    perSecond: total(({ perSecond }) => perSecond),
    p99Ms: Math.max(...outcomes.map(({ p99Ms }) => p99Ms)),
    failures: total(({ failures }) => failures)
  }
}
