import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import type { ButtonPress } from './button-press.ts'
import { WAYS, pressButton } from './button-press.ts'

// `warning-hand.test.ts` has the most common presses. `npm run test:long` runs these.

describe('a button of the warning is pressed, and nothing else', { concurrency: 2 }, () => {
  let browser: Browser
  before(async () => { browser = await launchBrowser() })
  after(async () => { await browser?.close() })

  for (const extendBy of ['activity', 'button'] as const) {
    for (const way of Object.keys(WAYS) as Array<ButtonPress['way']>) {
      for (const button of ['Stay signed in', 'Sign out'] as const) {
        it(
          `«${button}»: ${way}, extended by ${extendBy}`,
          async () => await pressButton(browser, { way, button, extendBy })
        )
      }
    }
  }
})
