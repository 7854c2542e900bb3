import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { startRedis } from '../helpers/redis-server.ts'
import { runChaos } from './chaos.ts'
import { discardPrepared } from './fleet.ts'
import { TIMEOUTS } from './messages.ts'
import { assertNone } from './outcome.ts'
import { standStill } from './standstill.ts'

/** The ms of a standstill. Longer than a claim holds, than a session of a waiting person, and than any request. */
const { STANDSTILL_SECONDS = '180' } = process.env

/** Longer than a busy machine delays an answer, in seconds. */
const EXPIRE_AFTER = 4

describe('a node that stands still for minutes', () => {
  after(discardPrepared)

  it('ends no session at work, loses no end, and writes nothing late', async t => {
    const seconds = Number(STANDSTILL_SECONDS)
    const server = await startRedis()
    const redis = server.connect()
    try {
      const { violations } = await runChaos(t, {
        connection: { kind: 'socket', path: server.path },
        redis,
        masters: [redis],
        timeouts: { ...TIMEOUTS, expireAfter: EXPIRE_AFTER, absoluteTimeout: 2 * seconds + 60 },
        answeredWithinMs: (seconds + 30) * 1000,
        losesClaims: true,
        allowsRefusals: true,
        async disturb (run) {
          const atWork = await standStill(run, seconds, EXPIRE_AFTER)
          t.diagnostic(`${atWork} people were at work for ${seconds} s and more`)
          assert.ok(atWork > 0, 'nobody could work without a pause')
        }
      })
      assertNone(violations)
    } finally {
      await server.stop()
    }
  })
})
