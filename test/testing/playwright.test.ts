import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Clock } from '../../src/core/clock.ts'
import { buildDemo } from '../../src/demo/server.ts'
import type { SessionKit } from '../../src/testing.ts'
import { sessionKit } from '../../src/testing.ts'
import { SECRET } from '../helpers/app.ts'
import { launchBrowser } from '../helpers/chromium.ts'

interface Opened {
  readonly kit: SessionKit<FastifyInstance>
  readonly context: BrowserContext
}

describe('a page of Playwright under the clock of the kit', () => {
  let chromium: Browser
  before(async () => { chromium = await launchBrowser() })
  after(async () => await chromium.close())

  /** @param prepare adds to the application */
  async function open (test: TestContext, prepare: (app: FastifyInstance, clock: Clock) => void = () => {}): Promise<Opened> {
    const kit = await sessionKit(({ store, clock }) => {
      const app = buildDemo({ backend: { store, secret: SECRET }, warnAfter: 40, expireAfter: 60 })
      prepare(app, clock)
      return app
    })
    const baseURL = await kit.app.listen({ host: '127.0.0.1', port: 0 })
    const context = await chromium.newContext({ baseURL })
    test.after(async () => {
      await context.close()
      await kit.close()
    })
    return { kit, context }
  }

  async function signIn (page: Page): Promise<void> {
    await page.goto('/form')
    await page.getByLabel('Your name').fill('Ada')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('/form')
  }

  const secondsLeft = async (page: Page): Promise<number> => Number(await page.evaluate(
    'import(document.querySelector("script[data-ping-url]").src).then(({ monitor }) => Math.round(monitor.expiresInMs() / 1000))'))

  it('warns after as long as the server says, and is left at the end', async test => {
    const { kit, context } = await open(test)
    const page = await context.newPage()
    await kit.follow(page)
    await signIn(page)
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'))
    await kit.idle(38)
    assert.equal(await dialog.count(), 0)
    await kit.idle(2)
    await dialog.waitFor()
    assert.ok(Math.abs(await secondsLeft(page) - 20) <= 1)
    await kit.idle(1) // a press within the first half second is not meant for the warning
    await page.getByRole('button', { name: 'Stay signed in' }).click()
    await kit.idle(1)
    await dialog.waitFor({ state: 'hidden' })
    assert.ok(Math.abs(await secondsLeft(page) - 59) <= 1)
    await page.reload() // a request of a person
    assert.ok(Math.abs(await secondsLeft(page) - 60) <= 1)
    await kit.idle(61)
    await page.waitForURL('/login?next=%2Fform&reason=idle')
    await page.getByText('nobody used this browser for 60 seconds').waitFor()
  })

  it('stands still until a ping is answered, however long that takes', async test => {
    const moved: number[] = []
    const { kit, context } = await open(test, (app, clock) => {
      app.addHook('onRequest', async ({ url }) => {
        if (!url.startsWith('/session_security/ping')) return
        const arrivedMs = clock()
        await setTimeout(200)
        moved.push(clock() - arrivedMs)
      })
    })
    await kit.follow(context)
    const page = await context.newPage()
    await signIn(page)
    await kit.idle(45)
    assert.ok(moved.length > 0)
    assert.deepEqual(moved, moved.map(() => 0))
    assert.ok(Math.abs(await secondsLeft(page) - 15) <= 1)
  })

  it('is hidden no later when the lid was closed, while another browser goes on', async test => {
    const { kit, context } = await open(test)
    const laptop = await kit.follow(context)
    const page = await context.newPage()
    assert.equal(await kit.follow(page), laptop)
    await signIn(page)
    const desktop = kit.browser()
    await desktop.post('/login', new URLSearchParams({ name: 'Bob' }))
    const tab = await desktop.open('/form')
    await kit.idle(20)
    await laptop.sleepLid(10)
    assert.equal(await secondsLeft(page), 30)
    assert.ok(Math.abs(Number(await page.evaluate('Date.now()')) - kit.nowMs) < 100)
    await tab.activity()
    await laptop.sleepLid(31)
    await page.waitForURL('/login?next=%2Fform&reason=idle')
    assert.deepEqual([tab.state, tab.expiresIn], ['active', 29])
  })

  it('hears in a second tab what somebody does in the first', async test => {
    const { kit, context } = await open(test)
    await kit.follow(context)
    const [busy, other] = [await context.newPage(), await context.newPage()]
    await signIn(busy)
    await other.goto('/')
    await kit.idle(30)
    await busy.bringToFront()
    await busy.keyboard.press('Shift')
    await kit.idle(30)
    assert.equal(await other.getByRole('dialog').count(), 0)
    assert.equal(await secondsLeft(other), 30)
  })
})
