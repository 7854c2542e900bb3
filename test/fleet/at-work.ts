import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chaos, Run } from './chaos.ts'
import { runChaos } from './chaos.ts'
import type { Timeouts } from './messages.ts'
import { TIMEOUTS } from './messages.ts'
import { isTurnedAway, show } from './lives.ts'
import { RECOVERY_MS, assertNone, assertRecovery } from './outcome.ts'
import { Worker } from './worker.ts'

/** People who work through it all, besides those who come and go. */
const WORKERS = 8

/** The ms for which people use the fleet before and after the fault. */
const BEFORE_MS = 4000
const AFTER_MS = 3000

export type Where = Pick<Chaos, 'connection' | 'redis' | 'masters'>

/**
 * The terms of a fleet whose Redis is away for less than `seconds`, recovery included. The idle timeout is longer than
 * that and the longest pause that people make, 2.7 s: a person at work before and after is not ended.
 */
function longerThan (seconds: number): Timeouts {
  return { ...TIMEOUTS, warnAfter: seconds, expireAfter: seconds + 4, absoluteTimeout: 120 }
}

/** The terms for faults that pass soon, and for those that last. Each has the 5 s that recovery may take. */
export const BRIEF = longerThan(9)
export const LONG = longerThan(18)

interface Day {
  readonly timeouts: Timeouts
  /** Resolves as soon as there is a way to a server that can write. */
  readonly fault: () => Promise<void>
  /** The answers that nobody may get once all nodes serve again. */
  readonly after?: (() => Promise<void>) | undefined
}

/**
 * Has people work while something fails. Checks that none of them is ended, and that all nodes serve again in time. The
 * checker compares everything else.
 */
async function workThrough (t: TestContext, run: Run, { timeouts: { expireAfter }, fault, after }: Day): Promise<void> {
  const { fleet: { nodes }, recorder } = run
  await sleep(BEFORE_MS / 2)
  const isOver = new AbortController()
  const workers = Array.from(
    { length: WORKERS }, (_, index) => new Worker(`worker ${index}`, recorder, expireAfter * 1000)
  )
  await Promise.all(workers.map(async (worker, index) => {
    const node = nodes[index % nodes.length]
    if (node !== undefined) await worker.signIn(node)
  }))
  const working = Promise.all(workers.map(async worker => await worker.work(nodes, isOver.signal)))
  working.catch(() => { /* thrown below */ })
  await sleep(BEFORE_MS / 2)
  const lateness = monitorEventLoopDelay()
  lateness.enable()
  const failedAtMs = recorder.now()
  await fault()
  const backAtMs = recorder.now()
  const took = await assertRecovery(run)
  await after?.()
  await sleep(AFTER_MS)
  isOver.abort()
  await working
  for (const node of nodes) await Promise.all(workers.map(async worker => await worker.look(node)))
  const atWork = workers.filter(({ isAtWork }) => isAtWork).length
  const refusals = nodes.map(({ index }) =>
    recorder.exchanges.filter(({ node, status }) => node === index && status === 503)
  )
  const lastMs = refusals.map(list => Math.round(Math.max(...list.map(({ receivedAtMs }) => receivedAtMs)) - backAtMs))
  t.diagnostic(`away for ${Math.round(backAtMs - failedAtMs)} ms; nodes recovered ${took.join(', ')} ms after; ` +
    `503s ${refusals.map(({ length }) => length).join(', ')}, the last ${lastMs.join(', ')} ms after; ` +
    `${atWork} of ${WORKERS} at work all the time; this process was up to ${Math.round(lateness.max / 1e6)} ms late`)
  // Of a Cluster too, of which a sign-in asks one shard.
  assert.ok(lastMs.every(ms => ms < RECOVERY_MS), `people were refused until ${lastMs.join(', ')} ms after`)
  assert.ok(atWork > 0, 'nobody could work without a pause')
  assertNobodyEnded(run)
}

/** @param after something that nobody at work may notice, once all is served again */
export async function runThrough (
  t: TestContext, where: Where, timeouts: Timeouts, fault: (run: Run) => Promise<void>, after?: () => Promise<void>
): Promise<Run> {
  const { run, violations } = await runChaos(t, {
    ...where,
    seconds: 0,
    timeouts,
    losesClaims: true,
    allowsRefusals: true,
    async disturb (run) { await workThrough(t, run, { timeouts, fault: async () => await fault(run), after }) }
  })
  assertNone(violations)
  return run
}

/** Checks the people who come and go, too. None who comes back has been idle for so long. */
function assertNobodyEnded ({ recorder: { exchanges, notified }, isForgiven }: Run): void {
  const idle = new Set(notified.filter(({ ended }) => ended.reason === 'idle').map(({ ended }) => ended.handle))
  const turnedAway = exchanges.filter(exchange =>
    isTurnedAway(exchange) && idle.has(exchange.handle) && !isForgiven(exchange.handle)
  )
  assert.deepEqual(turnedAway.map(show), [], 'a person at work was signed out')
}
