import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Cluster, Redis } from 'ioredis'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import { until } from '../helpers/redis-process.ts'
import { findLimitViolations } from './check-limit.ts'
import type { Connection } from './connection.ts'
import { startFleet } from './fleet.ts'
import { endWhatIsHeld } from './limit-held.ts'
import type { LimitExchange } from './limit-events.ts'
import { LimitKeys } from './limit-keys.ts'
import { LimitLoad, USERS } from './limit-load.ts'
import { LimitRecorder } from './limit-recorder.ts'

/** For a longer run, and to repeat one. */
const { LIMIT_SECONDS = '3', FLEET_SEED = String(Math.floor(Math.random() * 1e6)) } = process.env

/** The session limit of a user. */
const LIMIT = 3

/** Has people sign in, renew and be signed out at four nodes under a limit. Checks the log. */
export async function runUnderLimit (t: TestContext, connection: Connection, redis: Redis | Cluster): Promise<void> {
  const recorder = new LimitRecorder(redis.isCluster)
  const notified = (...[node, ended]: Parameters<typeof recorder.note>): void => recorder.note(node, ended)
  const fleet = await startFleet({ connection, limit: LIMIT }, { notified })
  try {
    const keys = new LimitKeys(redis)
    const load = new LimitLoad({ fleet, recorder, keys, seed: Number(FLEET_SEED) })
    await load.run(Number(LIMIT_SECONDS))
    t.diagnostic(`FLEET_SEED=${FLEET_SEED}, in ${LIMIT_SECONDS} s: ${summarize(recorder)}`)
    const held: LimitExchange[] = []
    for (const user of USERS) held.push(...await endWhatIsHeld(user, load, fleet, recorder))
    const { letIn, live } = await settle(load, recorder, keys)
    // An end whose answer did not come in time, as on a busy machine, stays claimed for a lease.
    await until(
      'every end is notified',
      async () => (await Promise.all(USERS.map(user => keys.pending(user)))).every(count => count === 0),
      2 * CLAIM_LEASE_MS
    )
    await fleet.stop()
    const violations = findLimitViolations(recorder, { limit: LIMIT })
    const lines = violations.slice(0, 30).map(({ rule, handle, detail }) => `${rule}: ${handle}: ${detail}`)
    assert.equal(violations.length, 0, `FLEET_SEED=${FLEET_SEED}: ${violations.length} violations\n${lines.join('\n')}`)
    assert.deepEqual(letIn, live, 'who is let in at the end')
    assert.equal(
      live.length, LIMIT * USERS.length,
      'the exception, and those who signed in behind endUser, are signed in at the end'
    )
    assert.deepEqual(
      held.filter(({ kind, given }) => kind === 'renew' && given !== undefined), [], 'no renewal that waited was done'
    )
    assert.ok(
      held.some(({ kind, status }) => kind === 'sign-in' && status === 401), 'sign-ins that waited were refused'
    )
  } finally {
    recorder.close()
    fleet.kill()
  }
}

/**
 * Looks at everything once more when no requests are under way. Asks every node with every cookie that was ever given.
 */
async function settle (
  load: LimitLoad, recorder: LimitRecorder, keys: LimitKeys
): Promise<{ letIn: string[], live: string[] }> {
  const letIn = new Set<string>()
  for (const node of load.nodes) {
    for (let i = 0; i < recorder.given.length; i += 50) {
      await Promise.all(recorder.given.slice(i, i + 50).map(async held => {
        if (await load.try(held, node)) letIn.add(held.handle)
      }))
    }
  }
  const live: string[] = []
  for (const user of USERS) {
    live.push(...(await recorder.look(user, () => keys.see(user))).live)
    await load.list(user)
    for (const [handle, state] of await keys.statesBeside(user)) recorder.states.set(handle, state)
  }
  return { letIn: [...letIn].sort(), live: live.sort() }
}

function summarize ({ exchanges, notified, looks, given }: LimitRecorder): string {
  const counts = new Map<string, number>()
  const names = [
    ...exchanges.filter(({ kind }) => kind !== 'member').map(({ kind, status }) => `${kind} ${status}`),
    ...exchanges.filter(({ kind, given }) => kind === 'renew' && given !== undefined).map(() => 'renewed'),
    ...notified.map(({ ended }) => ended.reason)
  ]
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return `${exchanges.length} requests, ${given.length} sessions, ${looks.length} looks, ` +
    [...counts].map(([what, count]) => `${count} × ${what}`).join(', ')
}
