import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fp from 'fastify-plugin'
import type { SimpleIntervalJob } from 'toad-scheduler'
import { ToadScheduler } from 'toad-scheduler'
import type { SessionSecurityOptions } from '../../src/index.ts'
import { ScheduledSweep } from '../../src/sweep/scheduled-sweep.ts'
import type { SweepResult, SweepRun } from '../../src/sweep/sweeper.ts'
import { MOST_SWEPT, Sweeper } from '../../src/sweep/sweeper.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { listen } from '../helpers/channels.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { latch } from '../helpers/latch.ts'

const LOG = { info () {}, debug () {} }
const NONE: SweepResult = { ended: 0, failed: 0, more: false, lag: 0 }
const FULL: SweepResult = { ended: 100, failed: 0, more: true, lag: 0 }

describe('a scheduled sweep that leaves ends behind', () => {
  it('sweeps on at once, run by run, until no end is pending', async () => {
    assert.equal(await runsOf([FULL, FULL, { ...FULL, more: false }, FULL]), 3)
  })

  it('does not when a run has notified nothing, though more ends are pending', async () => {
    assert.equal(await runsOf([{ ...NONE, more: true }, FULL]), 1)
    assert.equal(await runsOf([FULL, { ...NONE, more: true }, FULL]), 2)
  })

  it('leaves the rest to other nodes when onSessionEnd failed, though some were notified', async () => {
    assert.equal(await runsOf([{ ...FULL, failed: 1 }, FULL]), 1)
  })

  it('does not go on after a run that failed', async () => {
    let runs = 0
    const run = async (): Promise<SweepResult> => {
      if (++runs === 2) throw new Error('the store is away')
      return FULL
    }
    await assert.rejects(
      new ScheduledSweep({ run }, new FakeClock().now, 1000).catchUp({ limit: 1 }), /the store is away/
    )
    assert.equal(runs, 2)
  })

  it('begins no other run once it was stopped', async () => {
    const stop = new AbortController()
    let runs = 0
    const run = async (): Promise<SweepResult> => { runs++; stop.abort(); return FULL }
    await new ScheduledSweep({ run }, new FakeClock().now, 1000).catchUp({ limit: 1, signal: stop.signal })
    assert.equal(runs, 1)
  })

  it('lets requests come first, also between two runs', async () => {
    let left = 1000
    let isTurnOver = true
    const claimEnds = async () => {
      assert.ok(isTurnOver, 'a claim in the turn of the one before')
      isTurnOver = false
      setImmediate().then(() => { isTurnOver = true }, () => {})
      left -= 10
      return { sessions: Array.from({ length: 10 }, (_, i) => endOf(`s${left + i}`)), more: left > 0, lagMs: 0 }
    }
    const notify = async (sessions: readonly EndedSession[]): Promise<number> => sessions.length
    const sweep = new ScheduledSweep(new Sweeper({ claimEnds }, { notify }, LOG), new FakeClock().now, 1000)
    await sweep.catchUp({ limit: 10 }) // a run of one batch
    assert.equal(left, 0)
  })
})

describe('the schedule of an application', () => {
  it('ends all expired sessions at one of its times, one run after the other', async t => {
    const notified = new Set<string>()
    const { app, store, scheduler } = await open(
      MOST_SWEPT + 60, t, { onSessionEnd: ({ handle }: EndedSession) => { notified.add(handle) } }
    )
    const sweeps = listen(t, ['fastify-session-security:sweep'])
    await (await scheduler.job).executeAsync() // the job is under way until then, and does not begin again
    assert.equal(notified.size, MOST_SWEPT + 60)
    assert.deepEqual(sweeps.map(([, message]) => [Reflect.get(message, 'ended'), Reflect.get(message, 'more')]), [
      [MOST_SWEPT, true], [60, false]
    ])
    assert.deepEqual((await store.claimEnds(1)).sessions, [])
    await app.close()
  })

  it('is stopped by closing the application: it completes the batches under way, and no more', async t => {
    const [entered, leave] = [latch(), latch()]
    let notified = 0
    const { app, scheduler } = await open(MOST_SWEPT + 60, t, {
      onSessionEnd: async () => { if (++notified === MOST_SWEPT) { entered.open(); await leave.opened } }
    }, () => { setTimeout(leave.open) }) // when the sweep was asked to stop
    const sweeps = listen(t, ['fastify-session-security:sweep'])
    const job = await scheduler.job
    job.executeAsync().catch(() => {})
    await entered.opened
    await app.close()
    assert.deepEqual([notified, sweeps.length], [MOST_SWEPT, 1])
  })
})

/** Returns the number of runs at one time of the schedule, for these results. */
async function runsOf (results: readonly SweepResult[]): Promise<number> {
  let runs = 0
  const run = async (_run: SweepRun): Promise<SweepResult> => results[runs++] ?? NONE
  await new ScheduledSweep({ run }, new FakeClock().now, 1000).catchUp({ limit: 100 })
  return runs
}

/** Opens an application with so many expired sessions, whose schedule does nothing for an hour. */
async function open (
  count: number, t: { mock: { method (object: Math, name: 'random', instead: () => number): unknown } },
  security: Partial<SessionSecurityOptions>, onClose: () => void = () => {}
): Promise<TestApp & { readonly scheduler: WatchedScheduler }> {
  t.mock.method(Math, 'random', () => 0) // the moment at which the interval begins
  const scheduler = new WatchedScheduler()
  const ownSchedule = fp(async app => { app.decorate('scheduler', scheduler) }, { name: '@fastify/schedule' })
  const built = await buildApp({
    before: app => {
      app.register(ownSchedule)
      app.addHook('preClose', async () => { onClose() }) // this hook runs before the one that stops the sweep
    },
    security: { sweep: { every: 3600 }, ...security }
  })
  const terms = { isAuthenticated: true, warnAfter: 1, expireAfter: 2, absoluteTimeout: false } as const
  for (let i = 0; i < count; i++) await built.store.begin(`s${i}`, { contents: {}, terms, user: `u${i}` })
  built.clock.advance(2)
  return { ...built, scheduler }
}

/** The application's scheduler, which shows a test the job of the sweep. */
class WatchedScheduler extends ToadScheduler {
  readonly job: Promise<SimpleIntervalJob>
  #give: (job: SimpleIntervalJob) => void = () => {}

  constructor () {
    super()
    this.job = new Promise(resolve => { this.#give = resolve })
  }

  override addSimpleIntervalJob (job: SimpleIntervalJob): void {
    super.addSimpleIntervalJob(job)
    this.#give(job)
  }
}

function endOf (handle: string): EndedSession {
  return { handle, reason: 'idle', startedAtMs: 0, lastActivityMs: 0, endedAtMs: 0 }
}
