import assert from 'node:assert/strict'
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'

/** A browser of its own for one test, which may have nothing to complain of but what is expected: no error, no warning, no breach of the policy. */
export async function inQuietContext (
  browser: Browser, options: BrowserContextOptions, test: (context: BrowserContext) => Promise<void>,
  expected: RegExp = /^$/
): Promise<void> {
  const context = await browser.newContext(options)
  const problems: string[] = []
  context.on('console', message => { if (['error', 'warning'].includes(message.type())) problems.push(message.text()) })
  context.on('weberror', error => { problems.push(String(error.error())) })
  try {
    await test(context)
  } finally {
    await context.close()
  }
  assert.deepEqual(problems.filter(problem => !expected.test(problem)), [])
}
