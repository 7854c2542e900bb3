import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { runChaos } from './chaos.ts'
import { discardPrepared, prepareFleet } from './fleet.ts'
import { assertNone } from './outcome.ts'
import { onSocket, withSocket } from './servers.ts'

// `faults.fleet.ts` has them with a node that fails, and `limit.fleet.ts` with a limit of sessions.
describe('four nodes', () => {
  before(() => { prepareFleet() })
  after(() => { discardPrepared() })

  it('keep every promise with clocks ten minutes apart, and leave nothing behind', async t => {
    await withSocket([], async server => {
      const { run, violations } = await runChaos(
        t, { ...onSocket(server), advance: seconds => server.advance(seconds), commandTimeout: 10 }
      )
      assertNone(violations)
      const asked = new Set(run.recorder.exchanges.map(({ kind }) => kind))
      const rare = ['visit', 'renew', 'forget', 'sign-out', 'upload', 'list'] as const
      assert.deepEqual(rare.filter(kind => !asked.has(kind)), [], 'nobody did that')
    }, 'running')
  })
})
