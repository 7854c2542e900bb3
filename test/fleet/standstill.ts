import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from './chaos.ts'
import { TIMEOUTS } from './messages.ts'
import { assertRecovery } from './outcome.ts'
import { Worker } from './worker.ts'

/** The ms for which people are sent to a node that stands still. The load balancer has not noticed. */
const UNNOTICED_MS = 300

/** People who work through it all. */
const WORKERS = 5

/**
 * Stops a node with requests, ends and sweeps under way, and continues it later. Checks that people who were at work
 * meanwhile still are. The checker compares everything else.
 * @returns how many of them were at work all the time, as far as the machine let them
 */
export async function standStill (
  run: Run, seconds: number, expireAfter: number = TIMEOUTS.expireAfter
): Promise<number> {
  const { fleet, recorder } = run
  const [victim, ...others] = fleet.nodes.toReversed()
  if (victim === undefined) throw new RangeError('the fleet has no node')
  await sleep(600) // people sign in
  const isOver = new AbortController()
  const workers = Array.from({ length: WORKERS }, (_, index) => {
    return new Worker(`worker ${index}`, recorder, expireAfter * 1000)
  })
  await Promise.all(workers.map(worker => worker.signIn(victim)))
  const late = workers.map(worker => worker.leaveOpen(victim))
  const working = workers.map(worker => worker.work(others, isOver.signal))
  await sleep(200)
  const stoodFromMs = recorder.now()
  await victim.standStill(UNNOTICED_MS)
  await sleep(seconds * 1000 - UNNOTICED_MS)
  // It may have notified an end and not acknowledged it, or have claimed one that others notified when the claim ran
  // out.
  run.mayBeNotifiedAgain = handle => recorder.notified.some(({ node, ended }) => {
    return ended.handle === handle && node === victim.index && ended.endedAtMs <= stoodFromMs
  })
  const wentOnAtMs = recorder.now()
  victim.goOn()
  await Promise.all(workers.map(worker => worker.look(victim)))
  await Promise.all(late)
  await assertRecovery(run)
  const recoveredAtMs = recorder.now()
  await Promise.all(workers.map(worker => worker.look(victim)))
  isOver.abort()
  await Promise.all(working)
  // A server that goes on closes connections that were idle for too long before it reads what has come meanwhile.
  run.deadNodes.push(victim.index)
  const atVictim = recorder.exchanges.filter(({ node }) => node === victim.index)
  assert.deepEqual(atVictim.filter(({ status, sentAtMs }) => [0, 408].includes(status) && sentAtMs > recoveredAtMs), [])
  const overtaken = atVictim.filter(({ sentAtMs, receivedAtMs }) => {
    return sentAtMs <= stoodFromMs && receivedAtMs >= wentOnAtMs
  })
  assert.ok(overtaken.length >= 3 * WORKERS, 'no request was under way when the node stopped')
  const isInHandler = overtaken.some(({ account }) => account?.ranAtMs !== undefined && account.ranAtMs <= stoodFromMs)
  assert.ok(isInHandler, 'no handler was')
  return workers.filter(({ isAtWork }) => isAtWork).length
}
