import assert from 'node:assert/strict'
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { countScripts } from './page-coverage.ts'

/**
 * A browser context for one test that fails at an unexpected message. It accepts no error, no warning and no violation
 * of the policy.
 */
export async function inQuietContext (
  browser: Browser, options: BrowserContextOptions, test: (context: BrowserContext) => Promise<void>,
  expected: RegExp = /^$/
): Promise<void> {
  const context = await browser.newContext(options)
  const writeCounts = countScripts(context)
  const problems: string[] = []
  context.on('console', message => { if (['error', 'warning'].includes(message.type())) problems.push(message.text()) })
  context.on('weberror', error => { problems.push(String(error.error())) })
  try {
    await test(context)
  } finally {
    await writeCounts()
    await context.close()
  }
  assert.deepEqual(problems.filter(problem => !expected.test(problem)), [])
}
