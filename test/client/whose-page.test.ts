import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MonitorOptions } from '../../src/client/monitor/monitor-options.ts'
import type { FakePage } from './fake-world.ts'
import { FakeWorld, settle } from './fake-world.ts'
import { VIEW } from './view.ts'

/** Opens a page that was made for Ada, on a server that knows her. */
async function openAdas (world: FakeWorld, options: Partial<MonitorOptions> = {}): Promise<FakePage> {
  world.user = 'ada'
  return await world.open({ user: 'ada', tag: 'a-handle-of-', ...options })
}

/** Sends a message to all tabs, as another tab of the browser does. */
async function say (world: FakeWorld, hint: object): Promise<void> {
  for (const channel of world.channels.byName.get('fss /ping') ?? []) {
    channel.onmessage?.(new MessageEvent('message', { data: hint }))
  }
  await settle()
}

describe('a page that says whose it is', () => {
  it('warns and hides in time by the view in the page, without any answer to a ping', async () => {
    for (const answers of [
      async () => { throw new TypeError('offline') }, async () => new Response('no', { status: 403 })
    ]) {
      const world = new FakeWorld()
      world.answers = answers
      const page = await openAdas(world, { view: VIEW })
      assert.deepEqual([page.state, world.pings.length, page.monitor.expiresInMs()], ['active', 0, 600_000])
      await world.advance(539)
      assert.equal(page.state, 'active')
      await world.advance(5)
      assert.deepEqual([page.state, page.isSeen], ['offline', true])
      await world.advance(57)
      assert.equal(page.isSeen, false)
    }
  })

  it('counts what is left from when the page was asked for', async () => {
    const world = new FakeWorld()
    world.navigation = { requestStart: 1000 }
    const page = await openAdas(world, { view: VIEW })
    assert.equal(page.monitor.expiresInMs(), 600_000 - 4000)
  })

  for (const [what, navigation] of Object.entries({
    'out of a cache': { transferSize: 0 },
    'confirmed by a 304': { transferSize: 300, encodedBodySize: 5000 },
    'that the Back button brought': { type: 'back_forward', transferSize: 5300, encodedBodySize: 5000 }
  })) {
    it(`asks at once of a page ${what}, and counts no activity until then`, async () => {
      const world = new FakeWorld()
      world.navigation = navigation
      world.answers = async () => { throw new TypeError('offline') }
      const page = await openAdas(world, { view: VIEW })
      assert.equal(world.pings.length, 1)
      page.monitor.activity()
      world.answers = null
      await world.advance(5)
      assert.ok(world.pings.every(ping => ping === '/ping'), world.pings.join())
      assert.equal(page.state, 'active')
    })
  }

  it('ends at once when an answer is another user\'s, and goes to no login page', async () => {
    const world = new FakeWorld()
    const page = await openAdas(world, { loginUrl: '/login' })
    world.user = 'bob'
    await page.monitor.check()
    assert.deepEqual([page.monitor.getSnapshot().reason, page.isSeen, page.left], ['otherUser', false, ['/form?id=1']])
  })

  it('goes on under another session of the same user, hidden or not', async () => {
    const world = new FakeWorld()
    const page = await openAdas(world)
    const events: string[] = []
    for (const event of ['signOut', 'ended'] as const) page.monitor.on(event, () => events.push(event))
    world.handle = 'another-session-altogether'
    await page.monitor.check()
    assert.deepEqual([page.state, page.monitor.tag], ['active', 'another-sess'])
    world.answers = async () => { throw new TypeError('offline') }
    await world.advance(700)
    world.answers = null
    world.handle = 'a-third-one-of-hers'
    world.recordActivity()
    await page.happens('online')
    assert.deepEqual([page.state, page.isSeen, page.left, events], ['active', true, [], []])
  })

  it('of nobody asks nothing, and is not hidden when somebody signs in elsewhere', async () => {
    const world = new FakeWorld()
    const page = await world.open({ user: null })
    await say(world, { user: 'ada' })
    await page.happens('visibilitychange')
    assert.deepEqual([page.isSeen, page.left, world.pings, page.monitor.getSnapshot().user], [true, [], [], null])
  })

  it('learns its user from the first answer when it does not know', async () => {
    const world = new FakeWorld()
    world.user = 'ada'
    const page = await world.open()
    assert.equal(page.monitor.getSnapshot().user, 'ada')
    world.user = 'bob'
    await page.monitor.check()
    assert.equal(page.monitor.getSnapshot().reason, 'otherUser')
  })

  it('asks when it comes to the front', async () => {
    const world = new FakeWorld()
    const page = await openAdas(world, { view: VIEW })
    await world.advance(60)
    world.endedFor = 'none'
    await page.happens('visibilitychange')
    assert.deepEqual([page.isSeen, page.left.length], [false, 1])
  })

  describe('when a library shows another page in the same document', () => {
    it('goes on with the same page, without asking', async () => {
      const world = new FakeWorld()
      const page = await openAdas(world, { view: VIEW })
      page.monitor.setPage({ user: 'ada', tag: 'a-handle-of-', view: VIEW })
      await settle()
      assert.deepEqual([page.state, world.pings], ['active', []])
    })

    it('ends at once with another user\'s', async () => {
      const world = new FakeWorld()
      const page = await openAdas(world, { view: VIEW })
      page.monitor.setPage({ user: 'bob', tag: 'another', view: VIEW })
      assert.deepEqual([page.monitor.getSnapshot().reason, page.isSeen, page.left.length], ['otherUser', false, 1])
    })

    it('starts anew from nobody to somebody and back', async () => {
      const world = new FakeWorld()
      world.user = 'ada'
      const page = await world.open({ user: null })
      world.recordActivity()
      page.monitor.setPage({ user: 'ada', tag: 'a-handle-of-', view: VIEW })
      await settle()
      assert.deepEqual([page.state, page.monitor.getSnapshot().user, world.pings], ['active', 'ada', ['/ping']])
      await world.advance(541)
      assert.equal(page.state, 'warning')
      page.monitor.setPage({ user: null })
      await settle()
      assert.deepEqual([page.monitor.getSnapshot().user, page.isSeen], [null, true])
      await world.advance(3600)
      assert.deepEqual([page.isSeen, page.left], [true, []])
    })
  })
})

describe('the tabs of an application', () => {
  it('are hidden until the server has answered when another user\'s page loads', async () => {
    const world = new FakeWorld()
    const page = await openAdas(world, { view: VIEW })
    await world.advance(1)
    world.latencyMs = 100
    await say(world, { user: 'bob' })
    assert.deepEqual([page.isSeen, world.pings.length], [false, 1])
    await world.advance(0.2)
    assert.deepEqual([page.isSeen, page.state], [true, 'active'], 'the server decides')
    world.user = 'bob'
    await world.open({ user: 'bob', tag: 'another' })
    await world.advance(0.2)
    assert.deepEqual([page.isSeen, page.monitor.getSnapshot().reason, page.left.length], [false, 'otherUser', 1])
  })

  it('ask at once, and stay as they are, when a page of nobody\'s loads', async () => {
    const world = new FakeWorld()
    const page = await openAdas(world, { view: VIEW })
    await world.open({ user: null })
    assert.deepEqual([page.isSeen, page.state, world.pings.length], [true, 'active', 1])
    world.endedFor = 'none'
    await world.open({ user: null })
    assert.deepEqual([page.isSeen, page.left.length], [false, 1])
  })

  it('do not ask when another page of the same user loads', async () => {
    const world = new FakeWorld()
    await openAdas(world, { view: VIEW })
    await openAdas(world, { view: VIEW })
    assert.deepEqual(world.pings, [])
  })

  it('of another application on the same site do not hear of it', async () => {
    const world = new FakeWorld()
    await openAdas(world, { view: VIEW, pingUrl: '/other/ping' })
    await world.open({ user: null })
    assert.deepEqual(world.pings, [])
  })

  it('learn of a sign-out by the page itself when that page goes, and of none that was cancelled', async () => {
    for (const isCancelled of [false, true]) {
      const world = new FakeWorld()
      const [page, other] = [await openAdas(world, { view: VIEW }), await openAdas(world, { view: VIEW })]
      const events: string[] = []
      page.monitor.on('signOut', () => events.push('signOut'))
      page.monitor.note('signOut')
      await settle()
      assert.deepEqual([world.pings, events], [[], []], 'until then nothing is dropped')
      if (isCancelled) page.monitor.note('stay')
      else world.endedFor = 'none'
      await page.happens('pagehide')
      await settle()
      assert.deepEqual(events, isCancelled ? [] : ['signOut'])
      assert.deepEqual(
        [other.isSeen, other.monitor.getSnapshot().reason], isCancelled ? [true, null] : [false, 'logout']
      )
    }
  })

  it('learn of a sign-out by a script within a second, and of none that did not happen', async () => {
    const world = new FakeWorld()
    const [page, other] = [await openAdas(world, { view: VIEW }), await openAdas(world, { view: VIEW })]
    page.monitor.note('signOutByScript')
    await world.advance(0.5)
    assert.deepEqual([world.pings.length, page.state], [1, 'active'])
    world.endedFor = 'none'
    await world.advance(0.6)
    assert.deepEqual(
      [page, other].map(tab => [tab.monitor.getSnapshot().reason, tab.isSeen]), [['logout', false], ['logout', false]]
    )
    const later = new FakeWorld()
    const third = await openAdas(later, { view: VIEW })
    third.monitor.note('signOutByScript')
    await later.advance(100)
    assert.deepEqual([third.state, later.pings.length], ['active', 4])
    const slow = new FakeWorld()
    const [fourth, fifth] = [await openAdas(slow, { view: VIEW }), await openAdas(slow, { view: VIEW })]
    fourth.monitor.note('signOutByScript')
    await slow.advance(6)
    slow.endedFor = 'none' // a sign-out through a single sign-on, for one
    await slow.advance(5)
    assert.deepEqual([fourth, fifth].map(tab => tab.monitor.getSnapshot().reason), ['logout', 'logout'])
    later.endedFor = 'none'
    await third.monitor.check()
    assert.equal(third.monitor.getSnapshot().reason, 'none', 'an end long after is none of it')
  })
})
