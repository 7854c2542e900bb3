import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { centerOf, dialogOf, reached, stateOf, warned, withWarnedPage } from './warning-site.ts'

/** Ways to press a button of the warning, without any patience for what happens meanwhile. */
export const WAYS = {
  async mouse (page: Page, button: string) {
    const { x, y } = await centerOf(page, button)
    await page.mouse.move(x, y, { steps: 12 })
    await page.waitForTimeout(250)
    await page.mouse.down()
    await page.waitForTimeout(90)
    await page.mouse.up()
  },
  async keyboard (page: Page, button: string) {
    if (button === 'Sign out') {
      await page.keyboard.press('Tab')
      await page.waitForTimeout(400)
    }
    await page.keyboard.press('Enter')
  },
  async touch (page: Page, button: string) {
    const { x, y } = await centerOf(page, button)
    await page.touchscreen.tap(x, y)
  },
  /** Presses as assistive technology does: a click without a pointer. */
  async click (page: Page, button: string) {
    await page.evaluate(
      name => [...document.querySelectorAll('dialog button')].find(({ textContent }) =>
        textContent === name
      )?.dispatchEvent(new MouseEvent(
        'click', { bubbles: true, cancelable: true }
      )),
      button
    )
  }
}

export interface ButtonPress {
  readonly way: keyof typeof WAYS
  readonly button: 'Stay signed in' | 'Sign out'
  readonly extendBy: 'activity' | 'button'
}

/** Asserts that a press does what the button says, and reaches nothing below the warning. */
export async function pressButton (browser: Browser, { way, button, extendBy }: ButtonPress): Promise<void> {
  await withWarnedPage(browser, { client: { extendBy }, hasTouch: way === 'touch' }, async page => {
    await warned(page)
    await page.evaluate(
      'addEventListener("pagehide", () => sessionStorage.setItem("reached", JSON.stringify([pressed, keys])))'
    )
    await WAYS[way](page, button)
    if (button === 'Sign out') {
      await page.waitForURL(/\/login/)
      assert.equal(await page.evaluate('sessionStorage.getItem("reached")'), '[[],[]]')
    } else {
      await dialogOf(page).waitFor({ state: 'detached' })
      assert.equal(await stateOf(page), 'active')
      assert.deepEqual(await reached(page), { pressed: [], keys: [] })
    }
  })
}
