import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { until } from '../helpers/redis-process.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { Fleet } from './fleet.ts'
import { startFleet } from './fleet.ts'
import { startLoad } from './load.ts'
import type { Measures } from './measures.ts'
import { steadyClock } from './recorder.ts'
import { remainsIn } from './remains.ts'
import { fillCaches } from './soak-caches.ts'
import { SoakOthers } from './soak-others.ts'
import { SoakRecorder } from './soak-recorder.ts'
import type { Sample } from './soak-sample.ts'
import { tableOf, takeSample } from './soak-sample.ts'
import { showTrend, trendsOf } from './soak-trend.ts'

// Not part of `npm test`: it takes twenty minutes. `npm run test:soak` runs it.

const { SOAK_SECONDS = '1200', SOAK_PEOPLE = '50', FLEET_SEED = '1' } = process.env

/** For how long ended sessions stay known: the least. Redis soon forgets as many as it learns of. */
const RETENTION_SECONDS = 60

/** Of an anonymous session that nobody comes back to. */
const ANONYMOUS_SECONDS = 30

/** The second quarter has to begin when Redis has begun to forget. */
const LEAST_SECONDS = 4 * (RETENTION_SECONDS + 15)

/** Connections that were broken off are noticed, timers of requests run out. */
const GIVEN_BACK_SECONDS = 30

/** The part of the answers that may be refused. A machine with other work keeps commands waiting for too long. */
const REFUSED_PART = 0.05

describe('four nodes on one Redis, for a long time', () => {
  it('hold no more at the end than after a quarter of it', async t => {
    const seconds = Number(SOAK_SECONDS)
    assert.ok(seconds >= LEAST_SECONDS, `SOAK_SECONDS is ${seconds}, and has to be ${LEAST_SECONDS} or more`)
    const server = await startRedis()
    const redis = server.connect()
    const recorder = new SoakRecorder(await steadyClock(redis))
    const fleet = await startFleet({
      connection: { kind: 'socket', path: server.path },
      retention: RETENTION_SECONDS,
      anonymousSeconds: ANONYMOUS_SECONDS
    }, { notified: (node, ended) => recorder.note(node, ended) })
    try {
      const before = await Promise.all(fleet.nodes.map(node => node.measure()))
      await fillCaches(fleet)
      const samples = await soak(fleet, redis, recorder, seconds)
      const trends = trendsOf(samples)
      t.diagnostic(`${recorder.answered} answers, ${recorder.refused} refused: ${recorder.summary()}`)
      for (const line of [...tableOf(samples), ...trends.map(showTrend)]) t.diagnostic(line)
      recorder.close()
      assert.deepEqual(await leftFrom(fleet, before), [], 'what nodes hold still')
      await until('every end is notified', async () => (await openIn(redis)).length === 0, 90_000)
      assert.deepEqual(recorder.wrong, [])
      assert.ok(recorder.refused <= REFUSED_PART * recorder.answered, `${recorder.refused} answers were refused`)
      assert.deepEqual(trends.filter(({ last, most }) => last > most).map(showTrend), [], 'what grows')
      await fleet.stop()
    } finally {
      recorder.close()
      fleet.kill()
      await server.stop()
    }
  })
})

/** Has people use the fleet, and looks every few seconds what it holds. */
async function soak (fleet: Fleet, redis: Redis, recorder: SoakRecorder, seconds: number): Promise<Sample[]> {
  const stopping = new AbortController()
  const startMs = recorder.now()
  const everyMs = Math.min(5000, seconds * 1000 / 100)
  const load = startLoad(fleet, recorder, Number(FLEET_SEED), Number(SOAK_PEOPLE))
  const others = new SoakOthers(fleet, recorder, Number(FLEET_SEED)).live(stopping.signal)
  const samples: Sample[] = []
  try {
    while (recorder.now() < startMs + seconds * 1000) {
      await sleep(everyMs)
      samples.push(await takeSample(fleet, redis, recorder, startMs, RETENTION_SECONDS * 1000))
    }
  } finally {
    stopping.abort()
    await Promise.all([load.stop(), others])
  }
  return samples
}

/** Returns the keys with work left. Revoked tokens, and their indexes, stay as they are meant to. */
async function openIn (redis: Redis): Promise<string[]> {
  return (await remainsIn([redis])).filter(line => !/\}(?:t:|tu:|tokens|life)/.test(line))
}

/** Returns what nodes hold more of than before the load. Waits for it to be given back. */
async function leftFrom (fleet: Fleet, before: readonly Measures[]): Promise<string[]> {
  const names = ['listeners', 'timers', 'sockets', 'descriptors', 'warnings'] as const
  for (let patience = GIVEN_BACK_SECONDS; ; patience--) {
    const after = await Promise.all(fleet.nodes.map(node => node.measure()))
    const left = after.flatMap((measures, index) => names
      .filter(name => measures[name] > (before[index]?.[name] ?? 0))
      .map(name => `${name} of node ${index}: ${before[index]?.[name]}, then ${measures[name]}`))
    if (left.length === 0 || patience === 0) return left
    await sleep(1000)
  }
}
