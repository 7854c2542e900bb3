import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Every rule of axe-core, best practices and all, on what the page shows now. */
export async function findsNothing (page: Page): Promise<void> {
  await page.clock.resume() // axe waits
  await page.evaluate(source)
  const violations = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html + " " + failureSummary).join()))')
  assert.deepEqual(violations, [])
}
