import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { pressButton } from './button-press.ts'
import { centerOf, dialogOf, reached, warned, withWarnedPage } from './warning-site.ts'

const NOTHING = { pressed: [], keys: [] }

describe('the warning under a hand', { concurrency: 2 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  for (const [way, button, extendBy] of [
    ['mouse', 'Stay signed in', 'activity'], ['mouse', 'Sign out', 'activity'], [
      'keyboard', 'Stay signed in', 'activity'
    ],
    ['touch', 'Stay signed in', 'activity'], ['click', 'Sign out', 'activity'], ['mouse', 'Stay signed in', 'button']
  ] as const) {
    it(
      `«${button}» is pressed, and nothing else: ${way}, extended by ${extendBy}`,
      async () => await pressButton(browser, { way, button, extendBy })
    )
  }

  it('says that one stays signed in, stands still, and goes when the hand has left it', () => withWarnedPage(browser, {
    security: { warnAfter: 8 }
  }, async page => {
    const dialog = await warned(page)
    const before = await centerOf(page, 'Sign out')
    await page.mouse.move(before.x, before.y, { steps: 12 })
    await page.getByRole('alertdialog', { name: 'You stay signed in' }).waitFor()
    assert.deepEqual(await centerOf(page, 'Sign out'), before)
    // A pointer that rests on the dialog keeps it.
    await page.waitForTimeout(2000)
    assert.equal(await dialog.count(), 1)
    await page.mouse.move(3, 3, { steps: 4 })
    await dialog.waitFor({ state: 'detached' })
    assert.deepEqual(await reached(page), NOTHING)
  }))

  it('closes after the mouse moves elsewhere, but not before a hand could reach it', () => withWarnedPage(browser, {
    security: { warnAfter: 8 }
  }, async page => {
    const dialog = await warned(page)
    await page.mouse.move(9, 9, { steps: 3 })
    await page.getByRole('alertdialog', { name: 'You stay signed in' }).waitFor()
    await page.waitForTimeout(500)
    assert.equal(await dialog.count(), 1)
    await dialog.waitFor({ state: 'detached' })
  }))

  it('goes at once in a tab that nobody has a hand at', () => withWarnedPage(browser, {}, async page => {
    const other = await page.context().newPage()
    await other.goto('/hand')
    for (const tab of [page, other]) await warned(tab)
    await page.bringToFront()
    await other.evaluate(
      'globalThis.names = []; new MutationObserver(() => names.push(document.querySelector("dialog ' +
      'h2")?.textContent)).observe(document, { subtree: true, childList: true })'
    )
    const { x, y } = await centerOf(page, 'Stay signed in')
    await page.mouse.move(x, y, { steps: 12 })
    await dialogOf(other).waitFor({ state: 'detached' })
    assert.equal(await dialogOf(page).count(), 1)
    assert.equal(await other.evaluate('names.includes("You stay signed in")'), false)
  }))

  it('keeps a second click, and a held key, from the page', () => withWarnedPage(browser, {}, async page => {
    await warned(page)
    const { x, y } = await centerOf(page, 'Stay signed in')
    await page.mouse.move(x, y, { steps: 12 })
    await page.mouse.dblclick(x, y, { delay: 40 })
    await dialogOf(page).waitFor({ state: 'detached' })
    assert.deepEqual(await reached(page), NOTHING)
    await page.locator('#delete').focus()
    await page.evaluate('keys.length = 0')
    await warned(page)
    await page.keyboard.down('Enter')
    for (let i = 0; i < 5; i++) {
      await page.waitForTimeout(60)
      await page.keyboard.down('Enter')
    }
    await page.keyboard.up('Enter')
    await dialogOf(page).waitFor({ state: 'detached' })
    assert.deepEqual(await reached(page), NOTHING)
  }))
})
