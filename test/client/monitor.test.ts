import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backoffMs } from '../../src/client/monitor/deadline.ts'
import type { MonitorEvent } from '../../src/client/monitor/monitor-api.ts'
import { FakeWorld, settle } from './fake-world.ts'

const MINUTE = 60
const HOUR = 3600

describe('the monitor', () => {
  it('learns the times from the server, and nothing else is configured', async () => {
    const world = new FakeWorld({ warnAfter: 100, expireAfter: 130 })
    const { monitor } = await world.open()
    assert.deepEqual(
      monitor.getSnapshot(),
      {
        state: 'active',
        concealed: false,
        extendable: true,
        endsBy: 'idle',
        reason: null,
        refused: false,
        user: null,
        warnAfter: 100,
        expireAfter: 130
      }
    )
    assert.equal(monitor.expiresInMs(), 130_000)
    assert.equal(monitor.tag, 'a-handle-of-')
  })

  it('asks before the warning, warns, hides the page at the end, and leaves when it is confirmed', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(536)
    assert.equal(world.pings.length, 1)
    await world.advance(3)
    assert.deepEqual([world.pings.length, page.state], [2, 'active'])
    await world.advance(1)
    assert.deepEqual([world.pings.length, page.state], [2, 'warning'])
    await world.advance(59.9)
    assert.deepEqual([page.state, page.isSeen, page.left], ['warning', true, []])
    await world.advance(0.1)
    assert.deepEqual([page.state, page.isSeen, page.left], ['warning', false, []], 'hidden before anybody confirms')
    await world.advance(1)
    assert.deepEqual([page.state, page.isSeen, page.left], ['ended', false, ['/form?id=1']])
    assert.ok(world.pings.length <= 8, `${world.pings.length} pings`)
    assert.ok(world.pings.every(ping => ping === '/ping'), 'none claims activity')
    assert.equal(page.monitor.getSnapshot().reason, 'idle')
  })

  it('goes to the configured address at the end, or calls the callback', async () => {
    const world = new FakeWorld()
    const ends: string[] = []
    const sso = await world.open({ redirectToLogout: 'https://sso.example/end' })
    const app = await world.open({ onEnd: reason => ends.push(reason) })
    world.endedFor = 'revoked'
    await sso.monitor.check()
    await app.monitor.check()
    assert.deepEqual([sso.left, app.left, ends], [['https://sso.example/end'], [], ['revoked']])
    assert.equal(app.isSeen, false)
    app.monitor.stop()
    assert.equal(app.isSeen, true, 'what the application shows now is its own')
  })

  it('keeps an active person signed in, by few pings with the seconds since the last activity', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    for (let seconds = 0; seconds < HOUR; seconds += 10) {
      page.monitor.activity()
      await world.advance(10)
    }
    assert.deepEqual([page.state, page.left], ['active', []])
    assert.ok(world.pings.length <= 26, `${world.pings.length} pings in an hour`)
    for (const ping of world.pings.slice(1)) assert.match(ping, /^\/ping\?idleFor=[\d.]+$/)
  })

  it('lets the server be at most a quarter of the idle time behind', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    for (let seconds = 0; seconds < HOUR; seconds += 2) {
      page.monitor.activity()
      await world.advance(2)
      assert.ok(world.nowMs - world.record.lastActivityMs <= 155_000)
    }
    await world.advance(300)
    page.monitor.activity()
    await settle()
    assert.equal(world.record.lastActivityMs, world.nowMs, 'who comes back after a while is told of at once')
  })

  it('does not ask again and again, if the server ignores some reports', async () => {
    const world = new FakeWorld()
    world.throttleMs = 500_000
    const page = await world.open()
    for (let seconds = 0; seconds < 590; seconds++) {
      page.monitor.activity()
      await world.advance(1)
    }
    assert.equal(page.state, 'active')
    assert.ok(world.pings.length < 100, `${world.pings.length} pings`)
  })

  describe('while it warns', () => {
    it('takes any activity for an answer, at once', async () => {
      const world = new FakeWorld()
      const page = await world.open()
      await world.advance(550)
      assert.equal(page.state, 'warning')
      page.monitor.activity()
      await settle()
      assert.deepEqual([page.state, world.pings.at(-1)], ['active', '/ping?idleFor=0'])
    })

    it('takes only the button for an answer, if configured so', async () => {
      const world = new FakeWorld()
      const page = await world.open({ extendBy: 'button' })
      await world.advance(550)
      page.monitor.activity()
      await world.advance(1)
      assert.equal(page.state, 'warning')
      assert.equal((await page.monitor.extend()).state, 'active')
      await world.advance(545)
      assert.equal(page.state, 'warning', 'and nothing that was done meanwhile is brought up later')
    })

    it('hears of activity elsewhere', async () => {
      const world = new FakeWorld()
      const page = await world.open()
      await world.advance(542)
      world.recordActivity()
      await world.advance(30)
      assert.equal(page.state, 'active')
    })

    it('claims nothing when only the absolute deadline is left, and says so', async () => {
      const world = new FakeWorld({ absoluteTimeout: 610 })
      const page = await world.open()
      for (let seconds = 0; seconds < 570; seconds += 5) {
        page.monitor.activity()
        await world.advance(5)
      }
      assert.deepEqual(
        [page.state, page.monitor.getSnapshot().extendable, page.monitor.getSnapshot().endsBy],
        ['warning', false, 'absolute']
      )
      const pings = world.pings.length
      page.monitor.activity()
      await settle()
      assert.equal(world.pings.length, pings)
      await world.advance(50)
      assert.equal(page.monitor.getSnapshot().reason, 'absolute')
    })
  })

  it('counts as activity while it is kept active, and no longer', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    const [stopVideo, stopCall] = [page.monitor.keepActive(), page.monitor.keepActive()]
    await world.advance(HOUR)
    stopVideo()
    stopVideo()
    await world.advance(HOUR)
    assert.equal(page.state, 'active')
    stopCall()
    await world.advance(700)
    assert.equal(page.state, 'ended')
  })

  it('reports the last activity when the page goes, once', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(100)
    page.monitor.activity()
    await world.advance(5)
    page.isHidden = true
    await page.happens('visibilitychange')
    await page.happens('pagehide')
    assert.deepEqual(world.beacons, ['{"idleFor":5}'])
  })

  it('gives the same snapshot until something changes, and survives a listener that throws', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    const { subscribe, getSnapshot, on } = page.monitor
    Object.assign(globalThis, { reportError: () => {} }) // Node does not have it
    const heard: Array<MonitorEvent | 'change'> = []
    subscribe(() => { throw new Error('mine') })
    const off = subscribe(() => { heard.push('change') })
    for (const event of ['warning', 'extended', 'ended', 'signOut', 'offline', 'online'] as const) {
      on(event, () => heard.push(event))
    }
    const first = getSnapshot()
    await world.advance(539)
    assert.equal(getSnapshot(), first)
    await world.advance(1)
    assert.notEqual(getSnapshot(), first)
    page.monitor.activity()
    await settle()
    assert.deepEqual(heard, ['change', 'warning', 'change', 'extended'])
    off()
    await world.advance(700)
    assert.deepEqual(heard.slice(4), ['warning', 'ended'])
    assert.equal(page.left.length, 1)
  })

  describe('of an anonymous page', () => {
    it('asks once, hides nothing and goes nowhere', async () => {
      const world = new FakeWorld()
      world.endedFor = 'none'
      const page = await world.open()
      await world.advance(HOUR)
      assert.deepEqual([page.state, page.isSeen, page.left, world.pings.length], ['ended', true, [], 1])
    })

    it('hides nothing when the Back button brings it back', async () => {
      const world = new FakeWorld()
      world.endedFor = 'none'
      const page = await world.open()
      await world.advance(10)
      await page.happens('pagehide', { persisted: true })
      await page.happens('pageshow', { persisted: true })
      assert.deepEqual([page.isSeen, page.left], [true, []])
    })

    it('begins after a sign-in without a page load', async () => {
      const world = new FakeWorld()
      world.endedFor = 'none'
      const page = await world.open()
      world.endedFor = null
      world.recordActivity()
      assert.equal((await page.monitor.check()).state, 'active')
      await world.advance(700)
      assert.deepEqual(page.left, ['/form?id=1'])
    })

    it('leaves a page with a user whose session was over before the page knew', async () => {
      const world = new FakeWorld()
      world.endedFor = 'none'
      const page = await world.open({ tag: 'abcdefghijkl' })
      assert.deepEqual([page.isSeen, page.left.length], [false, 1])
    })
  })

  describe('signs out', () => {
    it('in all tabs, each of which asks the server itself', async () => {
      const world = new FakeWorld()
      const [page, other] = [await world.open(), await world.open()]
      const heard: string[] = []
      for (const event of ['signOut', 'ended'] as const) other.monitor.on(event, () => heard.push(event))
      await world.advance(10)
      await page.monitor.signOut()
      await settle()
      assert.deepEqual([page.left.length, other.left.length, other.monitor.getSnapshot().reason], [1, 1, 'logout'])
      assert.deepEqual(heard, ['signOut', 'ended'])
    })

    it('in all tabs, which know the reason, though the server without a cookie cannot say it', async () => {
      const world = new FakeWorld()
      const [page, other] = [await world.open({ signOut: async () => { world.endedFor = 'none' } }), await world.open()]
      const heard: string[] = []
      other.monitor.on('signOut', ({ reason }) => heard.push(String(reason)))
      await world.advance(10)
      await page.monitor.signOut()
      await settle()
      assert.deepEqual(
        [page, other].map(tab => [tab.left.length, tab.monitor.getSnapshot().reason]), [[1, 'logout'], [1, 'logout']]
      )
      assert.deepEqual(heard, ['logout'])
    })

    it('by a POST whose answer nobody follows', async () => {
      const world = new FakeWorld()
      const requests: Array<[string, string | undefined]> = []
      const page = await world.open({
        signOutUrl: '/sign-out',
        fetch: async (url, init) => {
          requests.push([url, init.method])
          if (url === '/ping') return await world.answer(url)
          assert.equal(init.redirect, 'manual')
          world.endedFor = 'logout'
          return new Response(null, { status: 302 })
        }
      })
      await page.monitor.signOut()
      assert.deepEqual(requests.slice(1), [['/sign-out', 'POST'], ['/ping', undefined]])
      assert.equal(page.left.length, 1)
    })

    it('not when the server does not confirm it, and then stays', async () => {
      const world = new FakeWorld()
      const page = await world.open({ signOut: async () => {} })
      await assert.rejects(page.monitor.signOut())
      world.answers = async () => { throw new TypeError('network') }
      await assert.rejects(page.monitor.signOut())
      assert.deepEqual([page.left, page.isSeen], [[], true])
    })
  })

  it('begins anew when started again, and does nothing while stopped', async () => {
    const world = new FakeWorld()
    const page = await world.open({ onEnd: () => {} })
    page.monitor.start()
    await world.advance(700)
    assert.equal(page.state, 'ended')
    page.monitor.stop()
    const pings = world.pings.length
    await world.advance(HOUR)
    assert.equal(world.pings.length, pings)
    world.endedFor = null
    world.recordActivity()
    page.monitor.start()
    await settle()
    assert.deepEqual([page.state, page.isSeen], ['active', true])
    await world.advance(700)
    assert.equal(page.state, 'ended')
  })

  it('takes no answer for its own that was asked for before it was stopped', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    const late: Array<() => void> = []
    world.answers = async () => await new Promise(resolve => late.push(() =>
      resolve(Response.json({ state: 'ended', reason: 'logout' }))
    ))
    const asked = page.monitor.check()
    page.monitor.stop()
    world.answers = null
    page.monitor.start()
    await settle()
    late.forEach(answer => answer())
    await asked
    assert.deepEqual([page.state, page.left], ['active', []])
  })

  it('can wait longer than a timer can', async () => {
    const days = 86_400
    const world = new FakeWorld({ warnAfter: 60 * days, expireAfter: 61 * days })
    const page = await world.open()
    page.isHidden = true
    await world.advance(59 * days)
    assert.ok(world.pings.length < 3, 'no timer ran wild')
    await world.advance(1.5 * days)
    assert.equal(page.state, 'warning')
  })
})

describe('the monitor, when the machine sleeps or its clock is set,', () => {
  it('hides a page that slept over its end at once, and no hand revives it', async () => {
    for (const wake of ['look', 'touch', 'focus'] as const) {
      const world = new FakeWorld()
      const page = await world.open()
      await world.advance(MINUTE)
      world.answers = async () => await new Promise(() => {})
      world.sleep(HOUR)
      if (wake === 'look') await world.advance(2.1)
      if (wake === 'touch') page.monitor.activity()
      if (wake === 'focus') await page.happens('focus')
      await settle()
      assert.equal(page.isSeen, false, wake)
      assert.equal(world.pings.at(-1), '/ping', wake)
    }
  })

  it('leaves a page whose session ended meanwhile, though its monotonic clock stood still', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    world.sleep(HOUR)
    page.monitor.activity()
    await settle()
    assert.deepEqual([page.state, page.left.length], ['ended', 1])
  })

  it('does not take the first touch after a nap for activity, and the second it does', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    const { lastActivityMs } = world.record
    world.sleep(300)
    page.monitor.activity()
    await settle()
    assert.equal(world.record.lastActivityMs, lastActivityMs)
    await world.advance(1)
    page.monitor.activity()
    await world.advance(1)
    assert.ok(world.record.lastActivityMs > lastActivityMs)
  })

  it('shows a page again that slept over its end, if the person was active elsewhere', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    world.sleep(HOUR)
    world.recordActivity()
    await page.happens('visibilitychange')
    assert.deepEqual([page.state, page.isSeen, page.left], ['active', true, []])
  })

  it('neither ends nor lengthens anything when the clock is set back one hour, or one day', async () => {
    for (const seconds of [HOUR, 24 * HOUR]) {
      const world = new FakeWorld()
      const page = await world.open()
      await world.advance(300)
      world.wallOffsetMs -= seconds * 1000
      await world.advance(230)
      assert.deepEqual([page.state, page.isSeen], ['active', true])
      await world.advance(20)
      assert.equal(page.state, 'warning')
      await world.advance(52)
      assert.equal(page.left.length, 1)
    }
  })

  it('asks at once, and goes on, when the clock is set forward one day', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(300)
    world.wallOffsetMs += 24 * HOUR * 1000
    await world.advance(3)
    assert.deepEqual([page.state, page.isSeen, page.left], ['active', true, []])
    await world.advance(240)
    assert.equal(page.state, 'warning')
  })

  it('knows what a sleep took when the clock was set back before it', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    world.answers = async () => { throw new TypeError('offline') }
    world.wallOffsetMs -= HOUR * 1000
    await world.advance(3)
    world.sleep(HOUR)
    await world.advance(3)
    assert.equal(page.isSeen, false)
  })

  it('counts what is left from when it asked, not from when the answer was read', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(300)
    const asked = page.monitor.check()
    world.sleep(HOUR) // the answer was there before
    await asked
    assert.equal(page.isSeen, false)
  })

  it('hides a page that comes back from the browser\'s memory until the server has said that it is alive', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(10)
    await page.happens('pagehide', { persisted: true })
    assert.equal(page.isSeen, false)
    await page.happens('pageshow', { persisted: true })
    assert.deepEqual([page.isSeen, page.state], [true, 'active'])
    await world.advance(10)
    await page.happens('pagehide', { persisted: true })
    world.endedFor = 'logout'
    await page.happens('pageshow', { persisted: true })
    assert.deepEqual([page.isSeen, page.left.length], [false, 1])
    await page.happens('pagehide', { persisted: true })
    await page.happens('pageshow', { persisted: true })
    assert.deepEqual([page.isSeen, page.left.length], [false, 2], 'as often as somebody presses «Back»')
  })
})

describe('the monitor, when there is no answer,', () => {
  const noAnswers: Record<string, () => Promise<Response>> = {
    'the network is gone': async () => { throw new TypeError('Failed to fetch') },
    'the server fails': async () => new Response('{"state":"ended","reason":"idle"}', { status: 500 }),
    'the store is away': async () => Response.json({ code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }, { status: 503 }),
    'a portal answers with a page': async () => new Response('<!doctype html><h1>Welcome to our WLAN</h1>'),
    'a portal answers with JSON': async () => Response.json({ state: 'active', expiresIn: null }),
    'it answers null': async () => Response.json(null),
    'somebody redirects': async () => new Response(null, { status: 302, headers: { location: '/login' } }),
    'a proxy wants to be signed in to': async () => Response.json({ state: 'ended' }, { status: 401 })
  }
  for (const [what, answers] of Object.entries(noAnswers)) {
    it(`does not log out when ${what}, hides the page in time, and shows it later`, async () => {
      const world = new FakeWorld()
      const page = await world.open()
      const heard: string[] = []
      for (const event of ['warning', 'offline', 'online', 'extended', 'ended'] as const) {
        page.monitor.on(event, () => heard.push(event))
      }
      await world.advance(500)
      world.answers = answers
      await world.advance(50)
      assert.deepEqual([page.state, page.isSeen], ['offline', true])
      await world.advance(50)
      assert.deepEqual([page.state, page.isSeen, page.left], ['offline', false, []])
      const pings = world.pings.length
      await world.advance(10 * MINUTE)
      assert.ok(
        world.pings.length - pings >= 10 && world.pings.length - pings <= 70,
        `${world.pings.length - pings} pings in ten minutes`
      )
      world.answers = null
      world.record = { ...world.record, lastActivityMs: world.nowMs }
      await page.happens('online')
      assert.deepEqual([page.state, page.isSeen], ['active', true])
      assert.deepEqual(heard, ['offline', 'online', 'extended'])
    })
  }

  it('reports the activity meanwhile when the server is back in time', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    world.answers = async () => { throw new TypeError('offline') }
    await world.advance(550)
    page.monitor.activity()
    await world.advance(5)
    world.answers = null
    await page.happens('online')
    assert.equal(page.state, 'active')
    assert.match(String(world.pings.at(-1)), /idleFor=(5|4\.99\d*)$/)
  })

  it('reports the press of the button when the server is back in time', async () => {
    const world = new FakeWorld()
    const page = await world.open({ extendBy: 'button' })
    await world.advance(550)
    world.answers = async () => { throw new TypeError('offline') }
    assert.equal((await page.monitor.extend()).state, 'offline')
    await world.advance(5)
    world.answers = null
    await page.happens('online')
    assert.equal(page.state, 'active')
  })

  it('says so of a page that came back from the browser\'s memory and stays hidden', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(10)
    await page.happens('pagehide', { persisted: true })
    world.answers = async () => { throw new TypeError('offline') }
    await page.happens('pageshow', { persisted: true })
    assert.deepEqual([page.state, page.isSeen], ['offline', false])
    world.answers = null
    await world.advance(5)
    assert.deepEqual([page.state, page.isSeen], ['active', true])
  })

  it('waits longer each time, and not all pages equally long', () => {
    const waits = Array.from({ length: 50 }, () => backoffMs(3))
    assert.ok(waits.every(ms => ms >= 2000 && ms <= 6000))
    assert.ok(new Set(waits).size > 10)
    assert.ok(backoffMs(1) < 2000 && backoffMs(30) <= 30_000)
  })

  it('claims nothing once the page is hidden, but for a button that is pressed', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    world.answers = async () => { throw new TypeError('offline') }
    await world.advance(550)
    page.monitor.activity()
    await world.advance(100)
    page.monitor.activity()
    await page.happens('online')
    assert.equal(world.pings.at(-1), '/ping')
    assert.equal(page.isSeen, false)
  })

  it('lets a late answer undo nothing', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    await world.advance(550)
    const late: Array<() => void> = []
    const old = await world.answer('/ping')
    world.answers = async () => await new Promise(resolve => late.push(() => resolve(old.clone())))
    const first = page.monitor.check()
    await world.advance(1)
    world.answers = null
    await page.monitor.extend()
    late.forEach(answer => answer())
    await first
    assert.equal(page.state, 'active')
    world.answers = async () => await new Promise(resolve => late.push(() => resolve(old.clone())))
    late.length = 0
    const second = page.monitor.check()
    world.answers = null
    world.endedFor = 'revoked'
    await page.monitor.check()
    assert.equal(page.state, 'ended')
    late.forEach(answer => answer())
    await second
    assert.equal(page.state, 'ended')
    assert.equal((await page.monitor.extend()).state, 'ended', 'and an end is for good')
  })
})
