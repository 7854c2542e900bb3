import type { Page } from 'playwright-core'
import { chromium as playwright } from 'playwright-core'
import { ARGS, chromiumPath } from '../helpers/chromium.ts'
import type { BrowserKind, Driver, Tab } from './driver.ts'
import { CALL_MS, READ_MS, within } from './driver.ts'
import { descendants } from './processes.ts'

/** A whole Chromium, with the memory for left pages that Playwright takes away by default. */
export const chromium: BrowserKind = {
  name: 'Chromium',
  async launch (): Promise<Driver> {
    const server = await playwright.launchServer({
      executablePath: await chromiumPath(),
      args: ARGS,
      ignoreDefaultArgs: ['--disable-back-forward-cache']
    })
    const browser = await playwright.connect(server.wsEndpoint())
    return {
      async visit () {
        await Promise.all(browser.contexts().map(context => context.close()))
        const context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
        context.setDefaultTimeout(CALL_MS)
        return tabOf(await context.newPage())
      },
      processes () {
        const pid = server.process().pid ?? 0
        return [pid, ...descendants(pid)]
      },
      async close () {
        await browser.close()
        await server.close()
      }
    }
  }
}

function tabOf (page: Page): Tab {
  const read = (expression: string): Promise<unknown> => within(READ_MS, 'read', page.evaluate(expression))
  return {
    async goTo (url) { await page.goto(url) },
    async back () { await read('void setTimeout(() => history.back())') },
    read,
    move: (x, y) => within(CALL_MS, 'move', page.mouse.move(x, y)),
    button: isDown => within(CALL_MS, 'button', isDown ? page.mouse.down() : page.mouse.up()),
    press: key => within(CALL_MS, 'press', page.keyboard.press(key)),
    open: async () => tabOf(await page.context().newPage()),
    toFront: () => within(CALL_MS, 'toFront', page.bringToFront()),
    screenshot: () => page.screenshot()
  }
}
