import assert from 'node:assert/strict'
import type { Run } from './chaos.ts'
import type { Violation } from './checker.ts'
import { recoveryOf } from './load.ts'

/** How soon all nodes serve again when the Redis is back, at the latest: a probe, a reconnection, a busy machine. */
const RECOVERY_MS = 5000

/** Nothing needs a restart (G7). */
export async function assertRecovery ({ fleet, recorder }: Run): Promise<void> {
  for (const node of fleet.nodes) {
    const tookMs = await recoveryOf(node, recorder)
    assert.ok(tookMs < RECOVERY_MS, `node ${node.index} took ${tookMs} ms to recover`)
  }
}

export function assertRefused ({ recorder }: Run): void {
  assert.ok(recorder.exchanges.some(({ status }) => status === 503), 'nobody noticed anything')
}

export function assertNone (violations: readonly Violation[]): void {
  const lines = violations.slice(0, 10).map(({ rule, handle, detail }) => `${rule}: ${handle}: ${detail}`)
  assert.equal(violations.length, 0, `${violations.length} violations\n${lines.join('\n')}`)
}
