import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, Redis } from 'ioredis'
import { until } from '../helpers/redis-process.ts'
import type { Rules, Violation } from './checker.ts'
import { findViolations } from './checker.ts'
import type { Fleet, FleetSettings } from './fleet.ts'
import { prepareFleet, startFleet } from './fleet.ts'
import { livesIn, mayGoOn } from './lives.ts'
import { startLoad } from './load.ts'
import { Recorder, steadyClock } from './recorder.ts'
import { expireClaims, isForgotten, remainsIn } from './remains.ts'
import type { Timeouts } from './messages.ts'
import { TIMEOUTS } from './messages.ts'

const { FLEET_SECONDS = '4', FLEET_SEED = String(Math.floor(Math.random() * 1e6)) } = process.env

/** The ms after their idle timeout at which all unused sessions are over and swept. */
const ENDS_KNOWN_MS = 700

/** The greatest age of what a handler knows of its session, as in the RedisStore. */
const FRESH_FOR_MS = 1000

/** The ms after the idle timeout at which nothing more is to be expected. */
const PATIENCE_MS = 13_400

/** In seconds. */
const SHORTEST_RETENTION = 60

export interface Chaos {
  readonly connection: FleetSettings['connection']
  /** A client that knows where every key is. */
  readonly redis: Redis | Cluster
  /** The masters that have the keys, now and after the faults. */
  readonly masters: readonly Redis[]
  /** Puts Redis' clock forward, for a fleet whose ends are to be forgotten. */
  readonly advance?: (seconds: number) => void
  /** The least seconds for which people use the fleet. Default: FLEET_SECONDS. */
  readonly seconds?: number
  readonly timeouts?: Timeouts
  /** The seconds that a command may take. On a busy machine, one may take longer than the default without a fault. */
  readonly commandTimeout?: number
  /** The ms for which people wait for an answer. */
  readonly answeredWithinMs?: number
  /** Disturbs the fleet while people use it. */
  disturb? (run: Run): Promise<void>
  readonly allowsRefusals?: boolean
  /** Whether a claim may get lost, as a lease of a minute allows. Without that, each end is notified exactly once. */
  readonly losesClaims?: boolean
}

export interface Run {
  readonly fleet: Fleet
  readonly recorder: Recorder
  readonly seconds: number
  /** Aborted when the time is up. People go on as long as something is disturbed. */
  readonly isTimeUp: AbortSignal
  /** To be filled in by what disturbs. */
  readonly deadNodes: number[]
  isForgiven: Rules['isForgiven']
  /** Of more sessions than those whose claims were given back. */
  mayBeNotifiedAgain: Rules['mayBeNotifiedAgain']
}

/** Starts a fleet, and lets people use it while something goes wrong. Waits until all is over, and checks the log. */
export async function runChaos (t: TestContext, chaos: Chaos): Promise<{ run: Run, violations: Violation[] }> {
  const { seconds = Number(FLEET_SECONDS) } = chaos
  const seed = Number(FLEET_SEED)
  const [master] = chaos.masters
  if (master === undefined) throw new RangeError('there is no Redis')
  const recorder = new Recorder(await steadyClock(master), chaos.answeredWithinMs)
  const { connection, advance, timeouts = TIMEOUTS, commandTimeout } = chaos
  const retention = advance === undefined ? undefined : SHORTEST_RETENTION
  const settings = { connection, timeouts, commandTimeout, retention }
  const fleet = await startFleet(settings, { notified: (node, ended) => recorder.note(node, ended) })
  try {
    const run: Run = {
      fleet,
      recorder,
      seconds,
      isTimeUp: AbortSignal.timeout(seconds * 1000),
      deadNodes: [],
      isForgiven: () => false,
      mayBeNotifiedAgain: () => false
    }
    const load = startLoad(fleet, recorder, seed)
    try {
      await Promise.all([sleep(seconds * 1000), chaos.disturb?.(run)])
    } finally {
      await load.stop()
    }
    prepareFleet()
    await Promise.all(load.people.filter((_person, index) => index % 2 === 0)
      .map(async person => await person.signOut()))
    const givenBack = await waitForEnds(recorder, chaos)
    assert.deepEqual(await remainsIn(chaos.masters), [])
    chaos.advance?.(SHORTEST_RETENTION)
    if (chaos.advance !== undefined) await until('all is forgotten', async () => await isForgotten(master), 20_000)
    const violations = findViolations(recorder, {
      expireAfterMs: timeouts.expireAfter * 1000,
      absoluteTimeoutMs: timeouts.absoluteTimeout * 1000,
      throttleMs: timeouts.throttle * 1000,
      freshForMs: FRESH_FOR_MS,
      allowsRefusals: chaos.allowsRefusals === true,
      deadNodes: run.deadNodes,
      mayBeNotifiedAgain: handle => givenBack.has(handle) || run.mayBeNotifiedAgain(handle),
      isForgiven: run.isForgiven
    })
    const counts = `${givenBack.size} claims given back, ${violations.length} violations`
    t.diagnostic(`FLEET_SEED=${seed}: ${summarize(recorder)}, ${counts}`)
    await fleet.stop()
    return { run, violations }
  } finally {
    recorder.close()
    fleet.kill()
  }
}

/**
 * Waits until every end has been notified.
 * @returns the handles whose claims it let run out.
 */
async function waitForEnds (
  recorder: Recorder, { redis, masters, losesClaims = false, timeouts = TIMEOUTS }: Chaos
): Promise<Set<string>> {
  const givenBack = new Set<string>()
  const overAtMs = recorder.now() + timeouts.expireAfter * 1000
  while (recorder.now() < overAtMs + PATIENCE_MS && !(await isAllOver(recorder, masters))) {
    const isLate = recorder.now() > overAtMs + ENDS_KNOWN_MS
    if (losesClaims && isLate) for (const handle of await expireClaims(redis)) givenBack.add(handle)
    await sleep(isLate ? 400 : 50)
  }
  return givenBack
}

async function isAllOver (recorder: Recorder, masters: readonly Redis[]): Promise<boolean> {
  const lives = [...livesIn(recorder).values()]
  const isOver = lives.every(life =>
    life.isAnonymous || life.successors.length > 0 || life.notified.length > 0 || mayGoOn(life)
  )
  return isOver && (await remainsIn(masters)).length === 0
}

function summarize ({ exchanges, notified }: Recorder): string {
  const counts = new Map<string, number>()
  const names = [
    ...exchanges.map(({ status }) => String(status)),
    ...exchanges.filter(({ account }) => account?.began !== undefined).map(({ kind }) => kind),
    ...notified.map(({ ended }) => ended.reason)
  ]
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([what, count]) => `${count} × ${what}`).join(', ')
}
