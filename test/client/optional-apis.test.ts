import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createIdleMonitor } from '../../src/client/monitor/monitor.ts'
import { createPinger } from '../../src/client/monitor/pinger.ts'
import { FakeWorld, settle } from './fake-world.ts'
import { VIEW } from './view.ts'

const document = { documentElement: { toggleAttribute: () => true } }

describe('the monitor works without', () => {
  for (const [what, surroundings] of Object.entries({
    BroadcastChannel: { BroadcastChannel: undefined },
    'a BroadcastChannel that is null': { BroadcastChannel: null },
    'a BroadcastChannel that this page may open': {
      BroadcastChannel: class { constructor () { throw new Error('SecurityError') } }
    },
    sendBeacon: { navigator: {} },
    'a sendBeacon that is null': { navigator: { sendBeacon: null } },
    'a sendBeacon that takes it': { navigator: { sendBeacon: () => { throw new TypeError('not now') } } },
    'navigation timing': { performance: undefined },
    'document.hidden': { document },
    history: { history: null },
    'a parent': { parent: null }
  })) {
    it(what, async () => {
      const world = new FakeWorld()
      const lacking: object = what === 'navigation timing'
        ? { performance: { now: () => world.timeline.nowMs, getEntriesByType: null } }
        : surroundings
      world.surroundings = lacking
      const page = await world.open({ user: 'ada', view: VIEW })
      page.monitor.activity()
      await page.happens('pagehide')
      await page.happens('pageshow', { persisted: true })
      assert.equal(page.state, 'active')
      await world.advance(545)
      assert.equal(page.state, 'warning')
      page.monitor.activity()
      await settle()
      assert.equal(page.state, 'active')
      await world.advance(700)
      assert.deepEqual([page.state, page.left.length > 0], ['ended', true])
    })
  }

  it('reportError, which older browsers lack', async context => {
    const { reportError } = globalThis
    context.after(() => Object.assign(globalThis, { reportError }))
    Object.assign(globalThis, { reportError: undefined })
    const errors = context.mock.method(console, 'error', () => {})
    const world = new FakeWorld()
    const page = await world.open()
    page.monitor.subscribe(() => { throw new Error('mine') })
    world.endedFor = 'idle'
    await page.monitor.check()
    assert.deepEqual([page.state, errors.mock.callCount()], ['ended', 1])
  })

  it('AbortSignal.timeout', async context => {
    const { timeout } = AbortSignal
    context.after(() => Object.assign(AbortSignal, { timeout }))
    Object.assign(AbortSignal, { timeout: undefined })
    const ping = createPinger({
      pingUrl: '/ping', fetch: async () => Response.json({ state: 'ended', reason: 'idle' })
    })
    assert.deepEqual(await ping(), { state: 'ended', reason: 'idle' })
  })

  it('a browser, until it is started: on a server it is made and does nothing', () => {
    const monitor = createIdleMonitor({ pingUrl: '/ping' })
    createPinger({ pingUrl: '/ping' })
    assert.equal(monitor.getSnapshot().state, 'active')
    assert.equal(monitor.getSnapshot(), monitor.getSnapshot())
  })
})

describe('nothing is begun between pagehide and pageshow', () => {
  it('not by time, by an event, by a tab or by the page itself', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(100)
    await page.happens('pagehide', { persisted: true })
    page.isHidden = true
    const pings = world.pings.length
    const timers = world.timeline.waiting
    for (const name of ['visibilitychange', 'focus', 'online', 'resume']) await page.happens(name)
    page.monitor.activity()
    await page.monitor.check()
    await page.monitor.extend()
    await world.advance(3600)
    assert.deepEqual([world.pings.length, timers, page.isSeen], [pings, 0, false])
  })

  it('a question that never settles holds nothing up', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(10)
    const { answers } = world
    world.answers = async () => await new Promise(() => {})
    const asked = page.monitor.check()
    await page.happens('pagehide', { persisted: true })
    world.answers = answers
    const pings = world.pings.length
    await page.happens('pageshow', { persisted: true })
    assert.deepEqual(
      [world.pings.length - pings, page.isSeen, page.state], [1, true, 'active'],
      'asked at once, without waiting for another tab'
    )
    await asked
  })

  it('a question that is never answered counts as not answered after ten seconds', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    world.answers = async () => await new Promise(() => {})
    const asked = page.monitor.check()
    await world.advance(10.1)
    assert.equal((await asked).refused, false)
    world.answers = null
    await world.advance(540)
    assert.equal(page.state, 'warning')
  })
})
