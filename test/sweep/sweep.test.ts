import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import schedule from '@fastify/schedule'
import type { EndedSession, SessionSecurityOptions } from '../../src/index.ts'
import { EndNotifier, HANDLER_TIMEOUT_SECONDS } from '../../src/sweep/end-notifier.ts'
import { ScheduledSweep } from '../../src/sweep/scheduled-sweep.ts'
import { defaultInterval } from '../../src/sweep/sweep.ts'
import type { SweepResult } from '../../src/sweep/sweeper.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { latch } from '../helpers/latch.ts'
import { program } from '../helpers/program.ts'

// The schedule keeps no process alive, so the tests that wait for it must.
const keepAlive = setInterval(() => {}, 1000)
after(() => clearInterval(keepAlive))

const LEASE = CLAIM_LEASE_MS / 1000

describe('the sweep', () => {
  it('ends by itself what nobody asks for again', async () => {
    const notified = latch()
    const ended: EndedSession[] = []
    const { app, clock, browser } = await buildApp({
      security: { sweep: { every: 0.01 }, onSessionEnd: end => { ended.push(end); notified.open() } }
    })
    await browser.post('/sign-in')
    clock.advance(10)
    await notified.opened
    await app.close()
    assert.deepEqual(ended.map(end => end.reason), ['idle'])
  })

  it('runs by cron, with a second\'s field or without', async () => {
    const notified = latch()
    const { app, clock, browser } = await buildApp({
      security: { sweep: { cron: '* * * * * *', timezone: 'Europe/Vienna' }, onSessionEnd: notified.open }
    })
    await browser.post('/sign-in')
    clock.advance(10)
    await notified.opened
    await app.close()
  })

  it('refuses a cron expression that is none, and a time zone that is none, at registration', async () => {
    await assert.rejects(
      buildApp({ security: { sweep: { cron: 'at five' } } }),
      { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /sweep\.cron.*at five/ }
    )
    await assert.rejects(
      buildApp({ security: { sweep: { cron: '0 5 * * *', timezone: 'Atlantis' } } }),
      { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
    )
  })

  it('has by default a tenth of the idle timeout between two runs, within 10 s and 10 min', () => {
    assert.deepEqual([5, 600, 3600, 100_000].map(defaultInterval), [10, 60, 360, 600])
    assert.equal(defaultInterval(() => 5), 60)
  })

  it('uses the scheduler that the application has', async () => {
    const { app } = await buildApp({
      before: app => { app.register(schedule) }, security: { sweep: { cron: '0 5 * * *' } }
    })
    assert.equal(app.hasPlugin('@fastify/schedule'), true)
    await app.close()
  })

  it('works beside another decorator called scheduler, and if @fastify/schedule is registered later', async () => {
    const one = await buildApp({
      before: app => { app.decorate('scheduler', Object.create(null)) }, security: { sweep: { every: 1 } }
    })
    const two = await buildApp({ security: { sweep: { every: 1 } }, routes: app => { app.register(schedule) } })
    await Promise.all([one.app.close(), two.app.close()])
  })

  it('lets other work go on between two batches', async () => {
    const { app } = await open(500)
    let turns = 0
    const count = (): void => { turns++; if (turns < 100) immediate = globalThis.setImmediate(count) }
    let immediate = globalThis.setImmediate(count)
    const { ended } = await app.sessionSecurity.sweep()
    clearImmediate(immediate)
    assert.equal(ended, 500)
    assert.ok(turns >= 4, `${turns} turns`)
    await app.close()
  })

  it('claims a batch while another is notified, and never more than a hundred at once', async () => {
    const notified: string[] = []
    const onSessionEnd = ({ handle }: EndedSession): void => { notified.push(handle) }
    const { app, clock, store } = await open(400, { onSessionEnd })
    const inHand: number[] = []
    let claimed = 0
    const [claimEnds, acknowledge] = [store.claimEnds.bind(store), store.acknowledge.bind(store)]
    store.claimEnds = async limit => {
      const batch = await claimEnds(limit)
      claimed += batch.sessions.length
      inHand.push(claimed)
      return batch
    }
    store.acknowledge = async handles => { await acknowledge(handles); claimed -= handles.length }
    const { ended, more } = await app.sessionSecurity.sweep()
    assert.deepEqual([ended, notified.length, new Set(notified).size, more], [400, 400, 400, false])
    assert.equal(Math.max(...inHand), 100)
    assert.equal(inHand[0], 50)
    clock.advance(LEASE)
    assert.equal((await app.sessionSecurity.sweep()).ended, 0)
    await app.close()
  })

  it('asks the store once when no end is pending', async () => {
    const { app, store } = await buildApp()
    let asked = 0
    store.claimEnds = async () => { asked++; return { sessions: [], more: false, lagMs: 0 } }
    await app.sessionSecurity.sweep()
    assert.equal(asked, 1)
    await app.close()
  })

  it('fails when one of its batches fails, and not before the other is notified', async () => {
    const notified: string[] = []
    const slow = latch()
    const { app, store } = await open(
      200,
      {
        onSessionEnd: async ({ handle }: EndedSession) => {
          if (notified.length >= 50) await slow.opened
          notified.push(handle)
        }
      }
    )
    const claimEnds = store.claimEnds.bind(store)
    let claims = 0
    store.claimEnds = async limit => {
      if (++claims !== 3) return await claimEnds(limit)
      setTimeout(slow.open)
      throw new Error('the store is away')
    }
    await assert.rejects(app.sessionSecurity.sweep(), /the store is away/)
    assert.deepEqual([notified.length, claims], [100, 3], 'nor does the other claim more')
    await app.close()
  })

  it('says whether more ends are pending by the last claim, whichever batch is notified last', async () => {
    const slow = latch()
    let notified = 0
    const onSessionEnd = async (): Promise<void> => {
      if (++notified > 50 && notified <= 100) await slow.opened
      if (notified === 150) slow.open()
    }
    const { app, store } = await open(150, { onSessionEnd })
    const { ended, more } = await app.sessionSecurity.sweep({ limit: 150 })
    assert.deepEqual([ended, more], [150, false])
    assert.equal((await store.claimEnds(1)).sessions.length, 0)
    await app.close()
  })

  it('notifies of each end once when sweeps run at the same time', async () => {
    const ended: string[] = []
    const { app, clock, newBrowser } = await buildApp({
      security: { onSessionEnd: async end => { await setImmediate(); ended.push(end.handle) } }
    })
    for (let i = 0; i < 30; i++) await newBrowser().post('/sign-in')
    clock.advance(10)
    const results = await Promise.all([1, 2, 3].map(() => app.sessionSecurity.sweep()))
    assert.equal(results.reduce((sum, result) => sum + result.ended, 0), 30)
    assert.equal(new Set(ended).size, 30)
    assert.equal(ended.length, 30)
    await app.close()
  })

  it('calls a handler that throws again, until it succeeds', async () => {
    let calls = 0
    const { app, clock, browser, log } = await buildApp({
      security: { onSessionEnd: () => { if (++calls < 3) throw new Error('not now') } }
    })
    await browser.post('/sign-in')
    clock.advance(10)
    const { ended, failed } = await app.sessionSecurity.sweep()
    assert.deepEqual([ended, failed], [0, 1])
    assert.equal((await app.sessionSecurity.sweep()).failed, 0, 'not before the lease has passed')
    for (const expected of [0, 1, 0]) {
      clock.advance(LEASE)
      assert.equal((await app.sessionSecurity.sweep()).ended, expected)
    }
    assert.equal(calls, 3)
    assert.equal(log.ours(50).length, 2)
    await app.close()
  })

  it('notifies of an end at a later sweep when the handler failed beside the request', async () => {
    const ended: string[] = []
    let works = false
    const { app, clock, browser } = await buildApp({
      security: { onSessionEnd: end => { if (!works) throw new Error('not now'); ended.push(end.reason) } }
    })
    await browser.post('/sign-in')
    await browser.post('/sign-out')
    works = true
    clock.advance(LEASE)
    await app.sessionSecurity.sweep()
    await app.close()
    assert.deepEqual(ended, ['logout'])
  })

  it('gives up a handler that never returns, and calls it again', async () => {
    const { app, clock, store, browser, log } = await buildApp()
    await browser.post('/sign-in')
    clock.advance(10)
    const { log: ours } = app.sessionSecurity.shared
    const notifier = new EndNotifier(store, async () => await latch().opened, ours, { timeoutSeconds: 0.01 })
    const { sessions } = await store.claimEnds(1)
    assert.equal(await notifier.notify(sessions), 0)
    assert.match(JSON.stringify(log.ours(50)), /FST_SESSION_SECURITY_HANDLER_TIMEOUT/)
    clock.advance(LEASE)
    assert.equal((await app.sessionSecurity.sweep()).ended, 1)
    await app.close()
  })

  it('logs that the handler fails when that begins, once a minute with a count, and when it works again', async () => {
    let works = false
    const { app, clock, log } = await open(60, { onSessionEnd: () => { if (!works) throw new Error('not now') } })
    for (let i = 0; i < 3; i++) {
      assert.equal((await app.sessionSecurity.sweep()).failed, 60)
      clock.advance(LEASE)
    }
    works = true
    assert.equal((await app.sessionSecurity.sweep()).ended, 60)
    const failures = log.ours(50)
    assert.deepEqual(failures.map(line => line['failures']), [1, 61, 121])
    assert.match(String(failures[0]?.['handle']), /^s\d+$/)
    const recoveries = log.ours().filter(({ msg }) => msg === 'onSessionEnd works again')
    assert.deepEqual(recoveries.map(line => line['failures']), [180])
    await app.close()
  })

  it('stops on its schedule when no end of a batch was notified, and goes on in a call', async () => {
    const { app, store } = await open(150, { onSessionEnd: () => { throw new Error('not now') } })
    const scheduled = new ScheduledSweep(app.sessionSecurity.sweeper ?? assert.fail(), store.clock, 1000)
    assert.deepEqual(await scheduled.run({ limit: 1000 }), { ended: 0, failed: 50, more: true, lag: 0 })
    assert.equal((await app.sessionSecurity.sweep()).failed, 100)
    await app.close()
  })

  it('names no negative duration of a session, whatever clock its record is from', async () => {
    const { app, store, log } = await buildApp()
    const end = { handle: 'h', reason: 'revoked', startedAtMs: 9000, lastActivityMs: 9000, endedAtMs: 5000 } as const
    await new EndNotifier(store, undefined, app.sessionSecurity.shared.log).notify([end])
    const line = log.ours().find(({ msg }) => msg === 'session ended')
    assert.deepEqual([line?.['lasted'], line?.['idleFor']], [0, 0])
    await app.close()
  })

  it('gives a batch of handlers less time than the claim on it holds', () => {
    assert.ok(HANDLER_TIMEOUT_SECONDS < LEASE)
  })

  it('stops at its limit, and says that more ends are pending', async () => {
    const { app, clock, newBrowser } = await buildApp()
    for (let i = 0; i < 12; i++) await newBrowser().post('/sign-in')
    clock.advance(10)
    const first = await app.sessionSecurity.sweep({ limit: 5 })
    assert.deepEqual([first.ended, first.more], [5, true])
    assert.equal((await app.sessionSecurity.sweep()).ended, 7)
    await app.close()
  })

  it('goes on after a run that failed', async () => {
    const notified = latch()
    const { app, clock, store, browser, log } = await buildApp({
      security: { sweep: { every: 0.01 }, onSessionEnd: notified.open }
    })
    const claimEnds = store.claimEnds.bind(store)
    let failures = 0
    store.claimEnds = async limit => {
      if (failures++ < 2) throw new Error('the store is away')
      return await claimEnds(limit)
    }
    await browser.post('/sign-in')
    clock.advance(10)
    await notified.opened
    await app.close()
    assert.equal(log.ours(50).length, 1, 'it says so once')
    assert.equal(log.ours().filter(({ msg }) => msg === 'the sweep works again').length, 1)
  })

  it('does not start a run while one is under way', async () => {
    const slow = latch()
    let running = 0
    let most = 0
    let ticks = 0
    const enough = latch()
    const { app, store } = await buildApp({ security: { sweep: { every: 0.005 } } })
    store.claimEnds = async () => {
      running++
      most = Math.max(most, running)
      if (++ticks === 1) { setTimeout(slow.open, 50); await slow.opened }
      if (ticks > 3) enough.open()
      running--
      return { sessions: [], more: false, lagMs: 0 }
    }
    await enough.opened
    await app.close()
    assert.equal(most, 1)
  })

  it('waits at close for the batch that is under way, and takes no other', async () => {
    const order: string[] = []
    const entered = latch()
    const leave = latch()
    const { app, clock, newBrowser } = await buildApp({
      before: app => { app.addHook('preClose', async () => { setTimeout(leave.open) }) },
      security: {
        sweep: { every: 0.01 }, onSessionEnd: async () => { entered.open(); await leave.opened; order.push('notified') }
      }
    })
    for (let i = 0; i < 150; i++) await newBrowser().post('/sign-in')
    clock.advance(10)
    await entered.opened
    const closed = app.close().then(() => order.push('closed'))
    await closed
    assert.equal(order.length, 51, 'one batch of 50')
    assert.equal(order.at(-1), 'closed')
  })

  it('never keeps a process alive', async () => {
    const script = await program('../helpers/idle-process.ts', import.meta.url)
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 30_000 })
    assert.equal(stdout, 'ready\n')
  })
})

describe('the scheduled sweep of a node whose handler fails', () => {
  const PERIOD = 60
  const SHORTEST = LEASE + 1.5 * PERIOD
  const NONE = { ended: 0, failed: 0, more: false, lag: 0 }
  const FAILED = { ...NONE, failed: 3 }

  function schedule (periodSeconds = PERIOD) {
    const clock = new FakeClock()
    const node = { result: NONE as SweepResult }
    const sweep = new ScheduledSweep({ run: async () => node.result }, clock.now, periodSeconds * 1000)
    const rests = async (): Promise<boolean> => await sweep.run({ limit: 1 }) === null
    return { clock, node, rests }
  }

  it('rests for longer than the lease and a period, and ever longer to a bound while it goes on failing', async () => {
    const { clock, node, rests } = schedule()
    node.result = FAILED
    for (const growth of [1, 2, 4, 4]) {
      assert.equal(await rests(), false)
      clock.advance(growth * SHORTEST - 0.001)
      assert.equal(await rests(), true)
      clock.advance(0.001)
    }
  })

  it('does not rest any longer after a success, and begins with a short rest where only some fail', async () => {
    const { clock, node, rests } = schedule()
    for (let i = 0; i < 3; i++) {
      node.result = FAILED
      assert.equal(await rests(), false)
      clock.advance(4 * SHORTEST)
    }
    node.result = { ...NONE, ended: 1 }
    for (let i = 0; i < 3; i++) assert.equal(await rests(), false)
    for (const result of [{ ...FAILED, ended: 1 }, { ...FAILED, ended: 1 }]) {
      node.result = result
      assert.equal(await rests(), false)
      clock.advance(SHORTEST - 0.001)
      assert.equal(await rests(), true)
      clock.advance(0.001)
    }
  })

  it('rests no longer for a period of more than ten minutes', async () => {
    const { clock, node, rests } = schedule(86_400)
    node.result = FAILED
    assert.equal(await rests(), false)
    clock.advance(LEASE + 900)
    assert.equal(await rests(), false)
  })
})

/** Opens an application with so many expired sessions. */
async function open (count: number, security: Partial<SessionSecurityOptions> = {}): Promise<TestApp> {
  const built = await buildApp({ security })
  const terms = { isAuthenticated: true, warnAfter: 1, expireAfter: 2, absoluteTimeout: false } as const
  for (let i = 0; i < count; i++) await built.store.begin(`s${i}`, { contents: { user: '"ada"' }, terms, user: 'ada' })
  built.clock.advance(2)
  return built
}
