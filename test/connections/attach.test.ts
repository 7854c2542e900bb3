import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import { latch } from '../helpers/latch.ts'
import { confirm, endOthers, reauthenticate, regenerate, save, signInAs } from '../helpers/steps.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import { buildConnectionsApp, closed, notedTarget } from './connections-app.ts'

for (const kit of [memoryKit, redisKit()]) {
  describe(`a connection on ${kit.name}`, () => {
    it('hangs on a live session, and is closed by a look when that is past its deadline', async () => {
      const built = await buildConnectionsApp({ kit })
      const { app, browser, attach, pass } = built
      await browser.post('/sign-in')
      const target = await attach(browser)
      assert.equal(built.size, 1)
      await pass(9)
      assert.deepEqual(target.reasons, [])
      await pass(5)
      assert.equal(await closed(target), 'idle')
      assert.equal(built.size, 0)
      await app.close()
    })

    it('is closed at once where nobody is signed in, the session is over, or was never there', async () => {
      const { app, browser, newBrowser, attach } = await buildConnectionsApp({ kit })
      assert.deepEqual((await attach(newBrowser())).reasons, ['none'])
      await browser.post('/sign-in')
      const gone = browser.copy()
      await browser.post('/sign-out')
      assert.deepEqual((await attach(gone)).reasons, ['logout'])
      await app.close()
    })

    for (const [what, end] of [
      ['a log-out', async ({ browser }) => { await browser.post('/sign-out') }],
      ['an administrator', async ({ app, handle }) => { await app.sessionSecurity.end(handle, { reason: 'revoked' }) }],
      ['the end of all sessions of its user', async ({ app }) => { await app.sessionSecurity.endUser('ada') }],
      ['the sign-in of somebody else', async ({ ask, browser }) => { await ask(browser, signInAs('eve')) }],
      ['a sign-in beyond the limit', async ({ newBrowser }) => { await newBrowser().post('/sign-in') }],
      ['a sweep', async ({ clock, app }) => { clock.advance(11); await app.sessionSecurity.sweep() }]
    ] as ReadonlyArray<[string, (world: World) => Promise<void>]>) {
      it(`is closed at once by ${what}`, async () => {
        const built = await buildConnectionsApp({ kit, security: { maxSessionsPerUser: 1 } })
        const { app, browser, attach } = built
        await browser.post('/sign-in')
        const target = await attach(browser)
        const [session] = (await app.sessionSecurity.list()).sessions
        await end({ ...built, handle: session?.handle ?? '' })
        await closed(target)
        await app.close()
      })
    }

    it('goes on through renewals, and ends with the last of them', async () => {
      const { app, browser, ask, attach, pass } = await buildConnectionsApp({ kit })
      await browser.post('/sign-in')
      const target = await attach(browser)
      for (const step of [regenerate, reauthenticate, regenerate, regenerate]) {
        await ask(browser, step)
        await pass(5)
      }
      assert.deepEqual(target.reasons, [])
      await ask(browser, regenerate)
      await ask(browser, regenerate)
      await browser.post('/sign-out')
      assert.equal(await closed(target), 'logout')
      await app.close()
    })

    it('stays when its own session ends all others, and the others\' are closed', async () => {
      const { app, browser, newBrowser, ask, attach, pass } = await buildConnectionsApp({ kit })
      const other = newBrowser()
      for (const jar of [browser, other]) await jar.post('/sign-in')
      const [mine, theirs] = [await attach(browser), await attach(other)]
      await ask(browser, endOthers)
      assert.equal(await closed(theirs), 'revoked')
      await pass(6)
      assert.deepEqual(mine.reasons, [])
      await browser.post('/sign-out')
      assert.equal(await closed(mine), 'logout')
      await app.close()
    })

    for (const hasFollowed of [true, false]) {
      const when = hasFollowed ? 'also when' : 'before'
      it(`is over when its session was renewed and then ended all others, ${when} it has followed`, async () => {
        const { app, browser, ask, attach, pass } = await buildConnectionsApp({ kit })
        await browser.post('/sign-in')
        const before = await attach(browser)
        await ask(browser, regenerate)
        if (hasFollowed) await pass(5)
        const after = await attach(browser)
        await ask(browser, endOthers)
        assert.equal(await closed(before), 'revoked')
        await pass(5)
        await ask(browser, regenerate)
        await pass(5)
        assert.deepEqual(after.reasons, [])
        await app.sessionSecurity.endUser('ada')
        assert.equal(await closed(after), 'revoked')
        await app.close()
      })
    }

    it('is over when all others end, if it was attached by a request with a cookie from before a renewal', async () => {
      const { app, browser, ask, hold, attach } = await buildConnectionsApp({ kit })
      await browser.post('/sign-in')
      const [early, late] = [notedTarget(), notedTarget()]
      const held = await hold(
        browser.copy(), async ({ sessionSecurity }) => await sessionSecurity.attach(early), confirm,
        async ({ sessionSecurity }) => [await sessionSecurity.attach(early), await sessionSecurity.attach(late)]
      )
      await held.step()
      await ask(browser, regenerate)
      const own = await attach(browser)
      const answer = await held.finish()
      assert.deepEqual(answer.json().filter((said: unknown) => said !== null), [true, 'active', [true, true]])
      await ask(browser, endOthers)
      assert.deepEqual([await closed(early), await closed(late), own.reasons], ['revoked', 'revoked', []])
      await app.close()
    })

    it('is closed by a node whose timeouts are stricter than those of the session', async () => {
      const shared = kit.open()
      const [lax, strict] = await Promise.all([3600, 10].map(async expireAfter => {
        const security = { expireAfter, warnAfter: expireAfter / 2 }
        return await buildConnectionsApp({ kit: { name: kit.name, open: () => shared }, security })
      }))
      assert.ok(lax !== undefined && strict !== undefined)
      await lax.browser.post('/sign-in')
      Object.assign(strict.browser.cookies, lax.browser.cookies)
      const targets = [await strict.attach(strict.browser), await lax.attach(lax.browser)]
      for (const seconds of [9, 5]) {
        assert.deepEqual(targets.map(({ reasons }) => reasons.length), [0, 0])
        shared.clock.advance(seconds)
        for (const { pass } of [lax, strict]) await pass(0)
      }
      assert.deepEqual(targets.map(({ reasons }) => reasons), [['idle'], []])
      for (const { app } of [lax, strict]) await app.close()
    })

    it('is let go by detach(), and by itself when it closes', async () => {
      const built = await buildConnectionsApp({ kit })
      const { app, browser, ask, attach } = built
      await browser.post('/sign-in')
      const target = await attach(browser)
      const controller = new AbortController()
      await ask(browser, async ({ sessionSecurity }) => {
        assert.equal(await sessionSecurity.attach(controller), true)
        sessionSecurity.detach(target)
        assert.equal(built.size, 1)
        controller.abort()
        assert.equal(built.size, 0)
        assert.equal(await sessionSecurity.attach(controller), false)
      })
      await browser.post('/sign-out')
      assert.deepEqual(target.reasons, [])
      await app.close()
    })

    it('is closed once, though it attaches itself again in its own close', async () => {
      const { app, browser, newBrowser, ask } = await buildConnectionsApp({ kit })
      await browser.post('/sign-in')
      for (const jar of [browser, newBrowser()]) {
        const answers: boolean[] = []
        await ask(jar, async ({ sessionSecurity }) => {
          const isOver = latch()
          const target = {
            async close () {
              if (answers.length > 2) return // it would go on for ever
              answers.push(await sessionSecurity.attach(target))
              isOver.open()
            }
          }
          await sessionSecurity.attach(target)
          await app.sessionSecurity.endUser('ada')
          await isOver.opened
        })
        assert.deepEqual(answers, [false])
      }
      await app.close()
    })

    it('is listened to once, however often it is attached, as with each of its messages', async () => {
      const { app, browser, ask } = await buildConnectionsApp({ kit })
      await browser.post('/sign-in')
      const socket = Object.assign(new EventEmitter(), { readyState: 1, send () {}, close () {} })
      for (let i = 0; i < 30; i++) {
        await ask(
          browser.copy(), async ({ sessionSecurity }) => await sessionSecurity.attach(socket)
        )
      }
      assert.equal(socket.listenerCount('close'), 1)
      socket.emit('close')
      assert.equal(app.sessionSecurity.shared.connections().size, 0)
      await app.close()
    })

    it('may be attached by the request that signed in, once that is saved', async () => {
      const { app, browser, ask } = await buildConnectionsApp({ kit })
      const [early, late] = [notedTarget(), notedTarget()]
      const response = await ask(browser, signInAs('ada'), async ({ sessionSecurity }) => {
        return await sessionSecurity.attach(early)
      }, save, async ({ sessionSecurity }) => await sessionSecurity.attach(late), confirm)
      assert.deepEqual(response.json().toSpliced(0, 1), [false, null, true, 'active'])
      assert.deepEqual([early.reasons, late.reasons], [['none'], []])
      await app.close()
    })
  })
}

type World = Awaited<ReturnType<typeof buildConnectionsApp>> & { readonly handle: string }
