import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Locator, Page } from 'playwright-core'
import { timedDemo } from '../demo/timed-demo.ts'

describe('a page of Playwright under the clock of the kit', () => {
  const visit = timedDemo({ warnAfter: 40, expireAfter: 60 })

  async function signIn (page: Page): Promise<void> {
    await page.goto('/form')
    await page.getByLabel('Your name').fill('Ada')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('/form')
  }

  const dialogOf = (page: Page): Locator => page.getByRole('alertdialog').or(page.getByRole('dialog'))

  const secondsLeft = async (page: Page): Promise<number> => Number(await page.evaluate(
    'import(document.querySelector("script[data-ping-url]").src)' +
    '.then(({ monitor }) => Math.round(monitor.expiresInMs() / 1000))'))

  it('warns after as long as the server says, and is left at the end', () => visit(async ({ kit, page }) => {
    await signIn(page)
    const dialog = dialogOf(page)
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
  }))

  it('stands still until a ping is answered, however long that takes', async () => {
    const moved: number[] = []
    await visit(async ({ kit, page }) => {
      await signIn(page)
      await kit.idle(45)
      assert.ok(moved.length > 0)
      assert.deepEqual(moved, moved.map(() => 0))
      assert.ok(Math.abs(await secondsLeft(page) - 15) <= 1)
    }, {
      prepare (app, clock) {
        app.addHook('onRequest', async ({ url }) => {
          if (!url.startsWith('/session_security/ping')) return
          const arrivedMs = clock()
          await setTimeout(200)
          moved.push(clock() - arrivedMs)
        })
      }
    })
  })

  it('stands still until the page has started, however late its parts come', () => visit(async ({ kit, page }) => {
    await signIn(page)
    await page.reload({ waitUntil: 'commit' })
    await kit.idle(40)
    await dialogOf(page).waitFor({ timeout: 5000 })
    assert.ok(Math.abs(await secondsLeft(page) - 20) <= 1)
  }, {
    prepare (app) {
      app.addHook('onRequest', async ({ url }) => { if (/\.(js|css)/.test(url)) await setTimeout(300) })
    }
  }))

  it('waits for no part of a page that was closed', () => visit(async ({ kit, context, page }) => {
    await signIn(page)
    const other = await context.newPage()
    await other.goto('/form', { waitUntil: 'commit' })
    await other.waitForRequest(/\.js/)
    await other.close()
    await kit.idle(40)
    await dialogOf(page).waitFor({ timeout: 5000 })
  }, {
    prepare (app) {
      let pages = 0
      app.addHook('onRequest', async ({ url }, reply) => {
        if (url === '/form') pages++
        if (url.endsWith('.js') && pages > 3) reply.hijack()
      })
    }
  }))

  it('must not be loaded before it is followed', () => visit(async ({ kit, page }) => {
    const context = await page.context().browser()?.newContext({ baseURL: kit.app.listeningOrigin }) ?? assert.fail()
    const late = await context.newPage()
    await late.goto('/login')
    const code = 'FST_SESSION_SECURITY_TEST_KIT'
    await assert.rejects(kit.follow(late), { code, message: /comes too late.*\/login/ })
    await context.close()
  }))

  it('keeps no time from moving once it is closed', () => visit(async ({ kit, page }) => {
    await page.context().close()
    const before = kit.nowMs
    await kit.idle(5)
    assert.equal(kit.nowMs - before, 5000)
  }))

  it('is hidden no later when the lid was closed, while another browser goes on', () => visit(async ({
    kit, context, page
  }) => {
    const laptop = await kit.follow(page)
    assert.equal(await kit.follow(context), laptop)
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
  }))

  it('hears in a second tab what somebody does in the first', () => visit(async ({ kit, context, page: busy }) => {
    const other = await context.newPage()
    await signIn(busy)
    await other.goto('/')
    await kit.idle(30)
    await busy.bringToFront()
    await busy.keyboard.press('Shift')
    await kit.idle(30)
    assert.equal(await other.getByRole('dialog').count(), 0)
    assert.equal(await secondsLeft(other), 30)
  }))
})
