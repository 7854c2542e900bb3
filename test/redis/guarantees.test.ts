import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import type { EndedSession } from '../../src/index.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { latch } from '../helpers/latch.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import { redisKit } from '../helpers/store-kits.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

const kit = redisKit()

/**
 * Tests the guarantees about several nodes and about the keys in Redis. The others are tested on both stores, in
 * test/request/guarantees.test.ts.
 */
describe('guarantees on Redis', () => {
  it('G5: nodes ten minutes apart agree on the deadline; a clock that jumps changes nothing', async () => {
    const nodes = await openNodes([-600, 0, 600])
    const [behind, right, ahead] = nodes.map(node => node.app)
    const browser = new BrowserJar(app(behind))
    await browser.post('/sign-in')
    kit.advance(4)
    for (const node of [behind, right, ahead]) {
      const view = (await at(node, browser, '/session_security/ping')).json()
      assert.deepEqual([view.idleFor, view.expiresIn], [4, 6])
    }
    await at(ahead, browser, '/') // activity now, not in ten minutes
    assert.equal((await at(behind, browser, '/session_security/ping')).json().idleFor, 0)
    nodes[1]?.clock.advance(7200)
    assert.equal((await at(right, browser, '/')).json().user, 'ada')
    kit.advance(9.999)
    assert.equal((await at(ahead, browser, '/passive')).json().user, 'ada')
    kit.advance(0.001)
    for (const node of [behind, right, ahead]) assert.equal((await at(node, browser, '/passive')).json().user, null)
    await Promise.all(nodes.map(async node => await node.app.close()))
  })

  it('G5: only the clock of Redis ends a session: that of a node which runs on while it looks ends none', async () => {
    const clock = new TickingClock()
    const store = new RedisStore({ client: kit.client(), prefix: 'ticking:', clock: clock.now })
    const { app, browser } = await buildApp({
      kit: { name: 'node', open: () => ({ store, clock, held: async () => NaN }) }
    })
    await browser.post('/sign-in')
    kit.advance(9.999) // by this node's clock, each look at it takes two milliseconds more
    assert.equal((await browser.get('/')).json().user, 'ada')
    assert.equal((await browser.get('/')).json().view.state, 'active')
    await app.close()
  })

  it('G6: of several nodes one notifies of an end; when that node dies in the middle, another one does', async () => {
    const [notified, stuck]: [string[], ReturnType<typeof latch>] = [[], latch()]
    const never = (): Promise<void> => { stuck.open(); return new Promise(() => {}) }
    const notify = (i: number) => (ended: EndedSession): void => { notified.push(`${i} ${ended.reason}`) }
    const nodes = await openNodes([0, 0, 0], i => ({ onSessionEnd: i === 0 ? never : notify(i) }))
    await new BrowserJar(app(nodes[0]?.app)).post('/sign-in')
    kit.advance(10)
    nodes[0]?.app.sessionSecurity.sweep().catch(() => {}) // never comes back: as good as dead
    await stuck.opened
    await Promise.all(nodes.slice(1).map(async node => await node.app.sessionSecurity.sweep()))
    assert.deepEqual(notified, [])
    kit.advance(CLAIM_LEASE_MS / 1000)
    await Promise.all(nodes.slice(1).map(async node => await node.app.sessionSecurity.sweep()))
    assert.equal(notified.length, 1)
    await Promise.all(nodes.slice(1).map(async node => await node.app.close()))
  })

  it('G9: no session id stands in Redis, in a key or in a value, and no contents of a session that ended', async () => {
    const [node] = await openNodes([0])
    const browser = new BrowserJar(app(node?.app))
    await browser.post('/sign-in')
    const [id = '', signature = ''] = String(browser.cookies['sessionId']).split('.')
    const live = await everything(String(node?.prefix))
    await browser.post('/sign-out')
    const ended = await everything(String(node?.prefix))
    assert.ok(live.includes('"ada"') && id.length > 20)
    for (const secret of [id, signature]) assert.ok(!(live + ended).includes(secret))
    assert.ok(!ended.includes('"ada"'), ended)
    await node?.app.close()
  })

  it('G10: pings without a session, with forged cookies and of nonsense leave no key', async () => {
    const [node] = await openNodes([0])
    const forged = { sessionId: `${'x'.repeat(32)}.${'y'.repeat(43)}` }
    for (const idleFor of ['1', '-1', 'x', '1e999']) {
      for (const cookies of [{}, forged]) {
        await node?.app.inject({ url: `/session_security/ping?idleFor=${idleFor}`, cookies })
      }
    }
    assert.equal(await everything(String(node?.prefix)), '')
    await node?.app.close()
  })

  it('G11: another site\'s requests and prefetching change nothing in Redis', async () => {
    const [node] = await openNodes([0])
    const browser = new BrowserJar(app(node?.app))
    await browser.post('/sign-in')
    const before = await everything(String(node?.prefix))
    kit.advance(4)
    await browser.get('/', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' })
    await browser.get('/', { 'sec-purpose': 'prefetch' })
    assert.equal(
      (await browser.get('/session_security/ping?idleFor=0', { 'sec-fetch-site': 'cross-site' })).statusCode, 403
    )
    assert.equal(await everything(String(node?.prefix)), before)
    await node?.app.close()
  })
})

class TickingClock extends FakeClock {
  override readonly now = (): number => { this.nowMs += 2; return this.nowMs }
}

type Security = NonNullable<TestAppOptions['security']>

interface Node {
  readonly app: TestApp['app']
  readonly clock: FakeClock
  readonly prefix: string
}

let opened = 0

/** Nodes on one Redis, each so many seconds away from the right time. */
async function openNodes (skews: number[], security: (i: number) => Security = () => ({})): Promise<Node[]> {
  const prefix = `nodes${opened++}:`
  return await Promise.all(skews.map(async (skew, i) => {
    const clock = new FakeClock()
    clock.advance(skew)
    const store = new RedisStore({ client: kit.client(), prefix, clock: clock.now })
    const own = { name: 'node', open: () => ({ store, clock, held: async () => NaN }) }
    const { app } = await buildApp({ kit: own, security: security(i) })
    return { app, clock, prefix }
  }))
}

function app (node: TestApp['app'] | undefined): TestApp['app'] {
  assert.ok(node !== undefined)
  return node
}

async function at (node: TestApp['app'] | undefined, browser: BrowserJar, url: string): ReturnType<BrowserJar['get']> {
  return await app(node).inject({ url, cookies: browser.cookies })
}

/** All that stands in Redis under a prefix, as text, times to live among it. */
async function everything (prefix: string): Promise<string> {
  const client = kit.client()
  const keys = withoutLayout(await client.keys(`${prefix}*`)).toSorted()
  const values = await Promise.all(keys.map(async key => [
    key, await client.pexpiretime(key), await (await client.type(key) === 'string'
      ? client.get(key)
      : client.zrange(key, '0', '-1', 'WITHSCORES'))
  ]))
  return values.map(value => JSON.stringify(value).replaceAll('\\"', '"')).join('\n')
}
