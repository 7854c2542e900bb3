import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, before, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { buildDemo } from '../../src/demo/server.ts'
import type { SessionKit } from '../../src/testing.ts'
import { sessionKit } from '../../src/testing.ts'
import { SECRET } from '../helpers/app.ts'
import { launchBrowser } from '../helpers/chromium.ts'

describe('a page of Playwright under the clock of the kit', () => {
  let chromium: Browser
  before(async () => { chromium = await launchBrowser() })
  after(async () => await chromium.close())

  async function open (test: TestContext): Promise<{ kit: SessionKit<FastifyInstance>, context: BrowserContext, baseURL: string }> {
    const kit = await sessionKit(({ store }) => buildDemo({ backend: { store, secret: SECRET }, warnAfter: 40, expireAfter: 60 }))
    const baseURL = await kit.app.listen({ host: '127.0.0.1', port: 0 })
    const context = await chromium.newContext({ baseURL })
    test.after(async () => {
      await context.close()
      await kit.close()
    })
    return { kit, context, baseURL }
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
    await kit.idle(39)
    assert.equal(await dialog.count(), 0)
    await kit.idle(1)
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

  it('is hidden no later when the lid was closed, while another browser goes on', async test => {
    const { kit, context } = await open(test)
    const laptop = await kit.follow(context)
    const page = await context.newPage()
    assert.equal(await kit.follow(page), laptop)
    await signIn(page)
    const desktop = kit.browser()
    await desktop.post('/login', new URLSearchParams({ name: 'Bob' }))
    const tab = await desktop.open('/form')
    await kit.idle(30)
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
