import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Channel } from '../../src/client/monitor/surroundings.ts'
import type { FakePage } from './fake-world.ts'
import { FakeWorld, settle } from './fake-world.ts'

const HOUR = 3600

async function openTabs (world: FakeWorld, count: number): Promise<FakePage[]> {
  const tabs: FakePage[] = []
  for (let i = 0; i < count; i++) {
    tabs.push(await world.open())
    await world.advance(0.05) // their timers do not fire together
  }
  await world.advance(5)
  world.pings.length = 0
  return tabs
}

/** Returns the channels between the tabs of a session, without the one of all tabs. */
function channelsOf ({ channels }: FakeWorld): Channel[] {
  return [...channels.byName].flatMap(([name, peers]) => name.startsWith('fss:') ? [...peers] : [])
}

function all (tabs: FakePage[], state: string): void {
  assert.deepEqual(tabs.map(tab => tab.state), tabs.map(() => state))
}

describe('the tabs of a browser', () => {
  it('all warn, and all learn of activity in one', async () => {
    const world = new FakeWorld()
    const tabs = await openTabs(world, 5)
    await world.advance(540)
    all(tabs, 'warning')
    world.pings.length = 0
    tabs[2]?.monitor.activity()
    await settle()
    all(tabs, 'active')
    assert.equal(world.pings.length, 1)
  })

  it('report activity in one of them, whichever asks', async () => {
    const world = new FakeWorld()
    const [busy, other] = await openTabs(world, 2)
    await world.advance(100)
    busy?.monitor.activity()
    await world.advance(10)
    busy?.monitor.activity()
    await settle()
    busy?.freeze()
    await world.advance(500)
    assert.equal(world.pings.at(-1)?.startsWith('/ping?idleFor=4'), true)
    assert.equal(other?.state, 'active')
  })

  it('end all within a moment when one signs out, each confirmed by a question of its own', async () => {
    const world = new FakeWorld()
    const tabs = await openTabs(world, 40)
    await tabs[0]?.monitor.signOut()
    await settle()
    all(tabs, 'ended')
    assert.ok(tabs.every(tab => tab.left.length === 1))
    assert.equal(world.pings.length, 40)
  })

  it('believe no tab that says it is over: the server decides', async () => {
    const world = new FakeWorld()
    const tabs = await openTabs(world, 3)
    const [channel] = channelsOf(world)
    channel?.postMessage({ at: world.nowMs, answer: { state: 'ended', reason: 'logout' } })
    for (const nonsense of [
      null, 'x', {}, { at: 'now' }, { at: world.nowMs, answer: { state: 'active' } }, { at: NaN }
    ]) channel?.postMessage(nonsense)
    await settle()
    all(tabs, 'active')
    assert.equal(world.pings.length, 2)
  })

  for (const [what, prepare, expected] of [
    ['to a session that goes on', (world: FakeWorld) => world.recordActivity(), 'active'],
    ['to one that is over', () => {}, 'ended']
  ] as const) {
    it(`ask few times when forty of them wake up at once ${what}`, async () => {
      for (const isStopped of [true, false]) {
        const world = new FakeWorld()
        const tabs = await openTabs(world, 40)
        world.latencyMs = 400
        if (isStopped) world.sleep(HOUR) // the monotonic clock stands still
        else {
          for (const tab of tabs) tab.freeze()
          await world.advance(HOUR)
        }
        prepare(world)
        await Promise.all(tabs.map(async tab => await tab.thaw()))
        await world.advance(5)
        all(tabs, expected)
        assert.ok(world.pings.length <= 3, `${world.pings.length} pings`)
        assert.ok(tabs.every(tab => tab.isSeen === (expected === 'active')))
      }
    })
  }

  it('ask for themselves where what they tell each other is lost', async () => {
    const world = new FakeWorld()
    const tabs = await openTabs(world, 3)
    world.losesHints = true
    world.sleep(HOUR)
    world.recordActivity()
    await world.advance(6)
    assert.ok(tabs.every(tab => tab.isSeen))
    all(tabs, 'active')
  })

  it('inform each other of activity at most once a second', async () => {
    const world = new FakeWorld()
    const [busy] = await openTabs(world, 2)
    world.hints = 0
    for (let i = 0; i < 100; i++) {
      busy?.monitor.activity()
      await world.advance(0.02)
    }
    assert.ok(world.hints <= 3, `${world.hints} hints`)
  })

  it('do not delay an answer to the warning while another tab asks', async () => {
    const world = new FakeWorld()
    const [page] = await openTabs(world, 2)
    const channel = channelsOf(world).at(-1)
    await world.advance(545)
    channel?.postMessage({ at: world.nowMs, turn: 0.5 })
    await settle()
    page?.monitor.activity()
    await settle()
    assert.equal(page?.state, 'active')
  })

  it('count nothing that others did while only the button helps', async () => {
    const world = new FakeWorld()
    const page = await world.open({ extendBy: 'button' })
    await world.advance(545)
    const [channel] = channelsOf(world)
    world.pings.length = 0
    for (let seconds = 0; seconds < 40; seconds++) {
      channel?.postMessage({ at: world.nowMs })
      await world.advance(1)
    }
    assert.ok(world.pings.length > 0 && world.pings.every(ping => ping === '/ping'), world.pings.join())
    assert.equal(page.state, 'warning')
  })

  it('believe nothing that was said in the future: the clock has been set back since', async () => {
    const world = new FakeWorld()
    const [page] = await openTabs(world, 1)
    const [channel] = channelsOf(world)
    const answer = {
      state: 'active',
      idleFor: 0,
      warnAfter: 540,
      expireAfter: 600,
      warnsIn: 5400,
      expiresIn: 6000,
      extendable: true,
      endsBy: 'idle'
    }
    const sender = channelsOf(world)[1] ?? channel
    sender?.postMessage({ at: world.nowMs + 10_000, answer })
    await settle()
    assert.ok(Number(page?.monitor.expiresInMs()) <= 600_000)
  })

  it('hear nothing while they lie in the browser\'s memory: that would throw them out of it', async () => {
    const world = new FakeWorld()
    const [page] = await openTabs(world, 1)
    const open = (): number => [...world.channels.byName.values()].reduce((sum, peers) => sum + peers.size, 0)
    assert.ok(open() > 0)
    await page?.happens('pagehide', { persisted: true })
    assert.equal(open(), 0)
    await page?.happens('pageshow', { persisted: true })
    assert.ok(open() > 0)
  })

  it('ask few times over a whole day of work', async () => {
    const world = new FakeWorld()
    const tabs = await openTabs(world, 10)
    for (let minutes = 0; minutes < 8 * 60; minutes++) {
      tabs[minutes % 10]?.monitor.activity()
      await world.advance(60)
    }
    all(tabs, 'active')
    assert.ok(world.pings.length < 8 * 60, `${world.pings.length} pings`)
  })

  it('take nothing that lay waiting for what it was: a hint is as old as it is', async () => {
    const world = new FakeWorld()
    const [busy, frozen] = await openTabs(world, 2)
    frozen?.freeze()
    busy?.monitor.activity()
    await world.advance(500)
    world.answers = async () => { throw new TypeError('offline') }
    await world.advance(700)
    await frozen?.thaw()
    await world.advance(3)
    assert.equal(frozen?.isSeen, false)
  })

  it('wait for no tab that asked long ago', async () => {
    const world = new FakeWorld()
    const [asking, frozen] = await openTabs(world, 2)
    frozen?.freeze()
    world.answers = async () => { throw new TypeError('network') }
    await world.advance(538)
    assert.ok(world.pings.length > 0) // for both
    asking?.freeze()
    await world.advance(40)
    world.recordActivity()
    world.answers = null
    world.pings.length = 0
    await frozen?.thaw()
    await frozen?.happens('resume')
    assert.deepEqual([world.pings.length, frozen?.state, frozen?.isSeen], [1, 'active', true])
  })

  it('show to nobody else what is hidden when another user has signed in', async () => {
    const world = new FakeWorld()
    const [page] = await openTabs(world, 1)
    world.answers = async () => { throw new TypeError('offline') }
    await world.advance(700)
    world.answers = null
    world.handle = 'another-session-altogether'
    world.recordActivity()
    await page?.happens('online')
    assert.deepEqual([page?.state, page?.isSeen, page?.left.length], ['ended', false, 1])
  })

  it('go on under the tag of a session that was renewed', async () => {
    const world = new FakeWorld()
    const tabs = await openTabs(world, 2)
    world.handle = 'another-session-altogether'
    for (const tab of tabs) await tab.monitor.check()
    await world.advance(540)
    tabs[0]?.monitor.activity()
    await settle()
    all(tabs, 'active')
    assert.equal(tabs[1]?.monitor.tag, 'another-sess')
  })

  it('of two sessions do not touch each other', async () => {
    const world = new FakeWorld()
    const first = await world.open()
    world.handle = 'another-session-altogether'
    const second = await world.open()
    await world.advance(5)
    world.pings.length = 0
    await first.monitor.signOut()
    await settle()
    assert.deepEqual([first.state, second.state, world.pings.length], ['ended', 'active', 1])
    assert.deepEqual([...world.channels.byName.keys()].filter(name => !/^fss:[\w-]{12}$/.test(name)), ['fss /ping'])
  })

  it('wait for no tab that asks and is not answered', async () => {
    const world = new FakeWorld()
    const tabs = await openTabs(world, 3)
    const [channel] = channelsOf(world)
    world.sleep(HOUR)
    channel?.postMessage({ at: world.nowMs, turn: 0.5 })
    await settle()
    await world.advance(4)
    assert.ok(tabs.every(tab => !tab.isSeen))
    await world.advance(4)
    all(tabs, 'ended')
  })
})
