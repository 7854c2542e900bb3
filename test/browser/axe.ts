import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { complaintsOf } from '../helpers/axe.ts'

export async function findsNothing (page: Page): Promise<void> {
  await page.clock.resume() // axe waits for the clock
  assert.deepEqual(await complaintsOf(page), [])
}
