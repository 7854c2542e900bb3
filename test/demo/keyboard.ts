import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'

export async function isFocused (element: Locator): Promise<boolean> {
  return await element.evaluate(element => element === element.ownerDocument.activeElement)
}

/** Presses a key until the element has the focus. */
export async function tabTo (page: Page, element: Locator, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (await isFocused(element)) return
    await page.keyboard.press(key)
  }
  assert.fail(`${String(element)} cannot be reached with ${key}`)
}
