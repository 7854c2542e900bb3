import assert from 'node:assert/strict'
import type { Run } from './chaos.ts'
import type { Violation } from './checker.ts'
import { show } from './lives.ts'
import { recoveryOf } from './load.ts'

/**
 * The most ms until all nodes serve again after Redis is back. It covers a probe, a reconnection, and a busy machine.
 */
export const RECOVERY_MS = 5000

/** The most ms of acknowledged writes that a replica may not have had. */
export const UNCOPIED_MS = 500

/**
 * Nothing needs a restart (G7).
 * @returns how long each node took from now, in ms
 */
export async function assertRecovery ({ fleet, recorder }: Run): Promise<number[]> {
  const took = await Promise.all(fleet.nodes.map(async node => Math.round(await recoveryOf(node, recorder))))
  assert.ok(took.every(ms => ms < RECOVERY_MS), `the nodes took ${took.join(', ')} ms to recover`)
  return took
}

/**
 * Promises nothing of sessions that were used during a failover. The new master may lack the last acknowledged writes:
 * a sign-in, an activity, an edit, an end.
 */
export function forgiveBetween (run: Run, fromMs: number, toMs: number): void {
  const { exchanges, notified } = run.recorder
  const touched = new Set([
    ...exchanges.filter(({ sentAtMs, receivedAtMs }) => receivedAtMs >= fromMs && sentAtMs <= toMs)
      .flatMap(({ handle, account }) => [handle, account?.began ?? handle]),
    ...notified.filter(({ receivedAtMs }) => receivedAtMs >= fromMs &&
      receivedAtMs <= toMs).map(({ ended }) => ended.handle)
  ])
  run.isForgiven = handle => touched.has(handle)
}

/** A fault of one node's way is none of the others. */
export function assertServed ({ recorder }: Run, isSpared: (node: number) => boolean): void {
  const refused = recorder.exchanges.filter(({ node, status }) => status === 503 && isSpared(node))
  assert.deepEqual(refused.map(show), [], 'a node refused that had its Redis')
}

export function assertRefused ({ recorder }: Run): void {
  assert.ok(recorder.exchanges.some(({ status }) => status === 503), 'nobody noticed anything')
}

export function assertNone (violations: readonly Violation[]): void {
  const lines = violations.slice(0, 10).map(({ rule, handle, detail }) => `${rule}: ${handle}: ${detail}`)
  assert.equal(violations.length, 0, `${violations.length} violations\n${lines.join('\n')}`)
}
