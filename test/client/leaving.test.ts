import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressAtEnd, pathOf } from '../../src/client/monitor/addresses.ts'
import { FakeWorld, settle } from './fake-world.ts'

describe('the address after the end of a page', () => {
  const place = (address: string): Pick<Location, 'pathname' | 'search' | 'hash'> =>
    new URL(address, 'https://site.example')
  const at = (address: string, options: object, reason = 'idle' as const): string =>
    addressAtEnd({ pingUrl: '/ping', ...options }, place(address), reason)

  it('is the page itself, the login page with the way back, or another one', () => {
    assert.equal(at('/form?id=1', {}), '/form?id=1')
    assert.equal(
      at('/form?id=1#/invoice/1', { loginUrl: '/login' }), '/login?next=%2Fform%3Fid%3D1%23%2Finvoice%2F1&reason=idle'
    )
    assert.equal(at('/form', { loginUrl: '/login?by=card' }), '/login?by=card&next=%2Fform&reason=idle')
    assert.equal(
      at('/form', { loginUrl: '/login', redirectToLogout: 'https://sso.example/end' }), 'https://sso.example/end'
    )
    assert.equal(
      addressAtEnd({ pingUrl: '/ping', loginUrl: '/login', redirectToLogout: '/end' }, place('/form'), 'otherUser'),
      '/form'
    )
  })

  it('is never another site, whatever the address of the page looks like', () => {
    for (const path of [
      '//evil.example/x', '///evil.example', '/\\evil.example', '//\\evil.example', '/\t/evil.example',
      '/.//evil.example', '/%2e//evil.example', '/a/..//evil.example', '//user@evil.example/'
    ]) {
      const location = new URL(`https://site.example${path}`)
      for (const address of [pathOf(location), addressAtEnd({ pingUrl: '/ping' }, location, 'idle')]) {
        assert.equal(new URL(address, 'https://site.example').origin, 'https://site.example', address)
        assert.doesNotMatch(address, /^[/\\]{2}/)
      }
      const next = new URL(
        addressAtEnd({ pingUrl: '/ping', loginUrl: '/login' }, location, 'idle'), location
      ).searchParams.get('next')
      assert.equal(new URL(String(next), 'https://site.example').origin, 'https://site.example')
    }
  })

  it('keeps the hash of the page itself, which is loaded all the same', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    page.address = { pathname: '/form', search: '', hash: '#/invoice/1' }
    world.endedFor = 'idle'
    await page.monitor.check()
    assert.deepEqual(page.left, ['replaceState /form?', '/form#/invoice/1'])
  })
})

describe('a page at its end', () => {
  it('finishes its last tasks before it is left, for a moment at most', async () => {
    const world = new FakeWorld()
    const page = await world.open()
    let finish = (): void => {}
    page.monitor.beforeLeave(async () => { throw new Error('mine') })
    page.monitor.beforeLeave(() => { throw new Error('mine, at once') })
    page.monitor.beforeLeave(async () => await new Promise<void>(resolve => { finish = resolve }))
    page.monitor.beforeLeave(async () => { throw new Error('not any more') })()
    world.endedFor = 'idle'
    await page.monitor.check()
    assert.deepEqual([page.isSeen, page.left], [false, []])
    finish()
    await settle()
    assert.equal(page.left.length, 1)
    const slow = await world.open({ tag: 'a-handle-of-' })
    assert.equal(slow.left.length, 1)
    const late = new FakeWorld()
    const third = await late.open()
    third.monitor.beforeLeave(async () => await new Promise(() => {}))
    late.endedFor = 'idle'
    await third.monitor.check()
    await late.advance(0.29)
    assert.equal(third.left.length, 0)
    await late.advance(0.02)
    assert.equal(third.left.length, 1)
  })

  it('is not left while a form is on its way, for five minutes at most', async () => {
    const world = new FakeWorld({ warnAfter: 20, expireAfter: 30 })
    const page = await world.open()
    page.monitor.note('upload')
    await world.advance(31)
    assert.deepEqual([page.state, page.isSeen, page.left], ['ended', false, []])
    await world.advance(268)
    assert.equal(page.left.length, 0)
    await world.advance(2)
    assert.equal(page.left.length, 1)
  })

  it('is not loaded again and again, if a cache brings another user\'s page', async () => {
    const kept = new Map<string, string>()
    const sessionStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => { kept.set(key, value) },
      removeItem: (key: string) => { kept.delete(key) }
    }
    for (const [storage, second] of [[sessionStorage, 0], [null, 1], [undefined, 1]] as const) {
      const world = new FakeWorld()
      Object.assign(world, { surroundings: { sessionStorage: storage }, user: 'bob' })
      const first = await world.open({ user: 'ada' })
      assert.equal(first.left.length, 1)
      const again = await world.open({ user: 'ada' })
      assert.deepEqual([again.isSeen, again.left.length], [false, second])
      again.monitor.leave()
      assert.equal(again.left.length, second + 1, 'somebody who wants to leaves')
      await world.advance(11)
      const later = await world.open({ user: 'ada' })
      assert.equal(later.left.length, 1)
    }
  })

  it('is not loaded again and again, if the same page comes back, for any user and reason', async () => {
    const kept = new Map<string, string>()
    const world = new FakeWorld()
    const sessionStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => { kept.set(key, value) },
      removeItem: (key: string) => { kept.delete(key) }
    }
    Object.assign(world, { surroundings: { sessionStorage }, endedFor: 'logout' })
    const tag = 'a-handle-of-'
    assert.deepEqual((await world.open({ tag })).left, ['/form?id=1'])
    const again = await world.open({ tag })
    assert.deepEqual([again.isSeen, again.left], [false, []])
    assert.deepEqual(
      (await world.open({ tag, loginUrl: '/login' })).left, ['/login?next=%2Fform%3Fid%3D1&reason=logout']
    )
    assert.equal((await world.open({ tag })).left.length, 1)
    await world.open({ user: null }) // a sign-in page, for one
    assert.equal((await world.open({ tag })).left.length, 1, 'it is not the page that ended')
    await world.advance(11)
    assert.equal((await world.open({ tag })).left.length, 1)
  })

  it('is loaded again soon after, if somebody has signed in to it meanwhile', async () => {
    const kept = new Map<string, string>()
    const world = new FakeWorld()
    const sessionStorage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => { kept.set(key, value) },
      removeItem: (key: string) => { kept.delete(key) }
    }
    Object.assign(world, { surroundings: { sessionStorage }, endedFor: 'idle' })
    assert.equal((await world.open({ tag: 'a-handle-of-' })).left.length, 1)
    const again = await world.open()
    assert.deepEqual([again.state, again.left], ['ended', []])
    world.endedFor = null
    await again.monitor.check()
    assert.equal(again.state, 'active')
    await again.monitor.signOut()
    assert.deepEqual(again.left, ['/form?id=1'])
  })

  it('asks the server for the page in place of a copy, which would end again', async () => {
    const world = new FakeWorld()
    Object.assign(world, { endedFor: 'logout', navigation: { type: 'navigate', transferSize: 0 } })
    assert.deepEqual((await world.open({ tag: 'a-handle-of-' })).left, ['reload'])
    assert.deepEqual((await world.open({ tag: 'a-handle-of-', redirectToLogout: '/end' })).left, ['/end'])
    world.navigation = { type: 'back_forward', transferSize: 0 } // a page that may be the answer to a form
    assert.deepEqual((await world.open({ tag: 'a-handle-of-' })).left, ['/form?id=1'])
  })

  it('can be left before', async () => {
    const world = new FakeWorld()
    const page = await world.open({ loginUrl: '/login' })
    world.answers = async () => new Response(null, { status: 302 })
    await page.monitor.check()
    page.monitor.leave()
    assert.deepEqual(page.left, ['/login?next=%2Fform%3Fid%3D1'])
  })
})

describe('an answer of something else', () => {
  for (const [what, expected, answers] of [
    ['a redirect', true, async () => new Response(null, { status: 302 })],
    ['a guard\'s 401', true, async () => new Response('{}', { status: 401 })],
    ['a 403', true, async () => new Response('{}', { status: 403 })],
    ['a portal\'s page', true, async () => new Response('<!doctype html>')],
    ['a portal\'s JSON', true, async () => Response.json({ state: 'active' })],
    ['a failure', false, async () => new Response('{}', { status: 500 })],
    ['a store that is away', false, async () => new Response('{}', { status: 503 })],
    ['too many requests', false, async () => new Response('{}', { status: 429 })],
    ['no network', false, async () => { throw new TypeError('network') }]
  ] as Array<[string, boolean, () => Promise<Response>]>) {
    it(`${expected ? 'is said of' : 'is not said of'} ${what}`, async () => {
      const world = new FakeWorld()
      const page = await world.open()
      world.answers = answers
      assert.equal((await page.monitor.check()).refused, expected)
      world.answers = null
      assert.equal((await page.monitor.check()).refused, false)
    })
  }
})
