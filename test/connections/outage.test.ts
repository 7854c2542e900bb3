import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StoreUnavailableError } from '../../src/errors.ts'
import { regenerate } from '../helpers/steps.ts'
import type { SteeredKit } from '../helpers/steered-store.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit } from '../helpers/store-kits.ts'
import type { ConnectionsApp, NotedTarget } from './connections-app.ts'
import { buildConnectionsApp, notedTarget } from './connections-app.ts'

/** Sessions that outlast the outages, and a store that a test takes away. */
interface SteeredApp extends ConnectionsApp {
  readonly kit: SteeredKit
  away (isAway: boolean): void
  /** Attaches so many targets, each to a session of its own. */
  attachEach (count: number): Promise<NotedTarget[]>
}

async function steered (): Promise<SteeredApp> {
  const kit = steeredKit(memoryKit)
  const built = await buildConnectionsApp({ kit, security: { expireAfter: 3600, warnAfter: 1800 } })
  return {
    ...built,
    kit,
    async attachEach (count) {
      return await Promise.all(Array.from({ length: count }, async () => {
        const browser = built.newBrowser()
        await browser.post('/sign-in')
        return await built.attach(browser)
      }))
    },
    away (isAway) {
      const fail = async (): Promise<never> => await Promise.reject(new StoreUnavailableError('away'))
      kit.store.before = verb => isAway && verb === 'watch' ? fail() : undefined
    }
  }
}

describe('connections while the store does not answer', () => {
  it('stay for the grace, and are closed as unavailable within ten seconds after it', async () => {
    const { browser, attach, pass, away, app } = await steered()
    await browser.post('/sign-in')
    const targets = await Promise.all(Array.from({ length: 40 }, async () => await attach(browser)))
    away(true)
    for (let seconds = 0; seconds < 30; seconds += 5) {
      await pass(5)
      assert.ok(targets.every(({ reasons }) => reasons.length === 0), `after ${seconds} s`)
    }
    for (let i = 0; i < 40; i++) await pass(0.25)
    assert.ok(targets.every(({ reasons }) => reasons.join() === 'unavailable'))
    await app.close()
  })

  it('are closed one after the other, session by session', async () => {
    const { attachEach, pass, away, app } = await steered()
    const targets = await attachEach(60)
    const closed = (): number => targets.filter(({ reasons }) => reasons.length > 0).length
    away(true)
    for (let seconds = 0; seconds < 30; seconds += 5) await pass(5)
    await pass(3)
    const few = closed()
    await pass(4)
    assert.ok(few > 0 && few < closed() && closed() < 60, `${few}, then ${closed()}`)
    away(false)
    await pass(5)
    const left = 60 - closed()
    assert.ok(left > 0)
    await pass(20)
    assert.equal(60 - closed(), left, 'an answer saves those that are left')
    await app.close()
  })

  it('are not closed by one look that failed, however long this process stood still before it', async () => {
    const { attachEach, pass, away, app } = await steered()
    const targets = await attachEach(20)
    away(true)
    await pass(600)
    for (let i = 0; i < 19; i++) await pass(0.25)
    away(false)
    await pass(5)
    await pass(60)
    assert.ok(targets.every(({ reasons }) => reasons.length === 0))
    await app.close()
  })

  it('are closed for what became of their sessions meanwhile, once it answers', async () => {
    const { browser, ask, attach, pass, away, app } = await steered()
    await browser.post('/sign-in')
    const target = await attach(browser)
    away(true)
    await ask(browser, regenerate)
    await browser.post('/sign-out')
    await pass(5)
    assert.deepEqual(target.reasons, [])
    away(false)
    await pass(5)
    assert.deepEqual(target.reasons, ['logout'])
    await app.close()
  })

  it('cannot be attached: a new one is closed as unavailable, and those that are there stay', async () => {
    const { browser, attach, pass, away, app } = await steered()
    await browser.post('/sign-in')
    const first = await attach(browser)
    away(true)
    assert.deepEqual((await attach(browser)).reasons, ['unavailable'])
    away(false)
    await pass(5)
    assert.deepEqual(first.reasons, [])
    await app.close()
  })
})

describe('connections are bounded work', () => {
  it('are looked at session by session, a few hundred at a time, and not at all where there are none', async () => {
    const { newBrowser, attach, pass, kit, app } = await steered()
    const looks = (): number => kit.store.calls.filter(call => call === 'watch').length
    await pass(5)
    assert.deepEqual(kit.store.calls, [])
    const browsers = Array.from({ length: 250 }, newBrowser)
    for (const browser of browsers) {
      await browser.post('/sign-in')
      for (let i = 0; i < 2; i++) await attach(browser)
    }
    const before = looks()
    await pass(5)
    assert.equal(looks() - before, 2)
    await app.close()
  })

  it('are not held after the server is closed, though none was attached before: nobody would close these', async () => {
    const kit = steeredKit(memoryKit)
    const { app } = await buildConnectionsApp({ kit })
    await app.close()
    const late = notedTarget()
    assert.equal(await app.sessionSecurity.shared.connections().attach(late, 'any'), false)
    assert.deepEqual([late.reasons, kit.store.calls], [['unavailable'], []])
  })

  it('are closed, and not held, once the server is closed: nobody would look at them', async () => {
    const { browser, attach, app } = await steered()
    await browser.post('/sign-in')
    const first = await attach(browser)
    await app.close()
    const late = notedTarget()
    assert.equal(await app.sessionSecurity.shared.connections().attach(late, 'any'), false)
    assert.deepEqual([first.reasons, late.reasons], [[], ['unavailable']])
  })

  it('log what a target throws or rejects with, and close the others all the same', async () => {
    const { browser, ask, attach, log, app } = await steered()
    await browser.post('/sign-in')
    await ask(browser, async ({ sessionSecurity }) => {
      await sessionSecurity.attach({ close () { throw new Error('first') } })
      await sessionSecurity.attach({ close: async () => await Promise.reject(new Error('second')) })
    })
    const last = await attach(browser, notedTarget())
    await browser.post('/sign-out')
    await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(last.reasons, ['logout'])
    const failures = log.lines.filter(({ msg }) => msg === 'a connection could not be closed')
    assert.equal(failures.length, 2)
    await app.close()
  })
})
