import type { BrowserContext, KeyInput, Page } from 'puppeteer-core'
import { launch } from 'puppeteer-core'
import { programOf } from './debian-program.ts'
import type { BrowserKind, Driver, Tab } from './driver.ts'
import { CALL_MS, READ_MS, within } from './driver.ts'
import { descendants } from './processes.ts'

/** A Firefox, driven over WebDriver BiDi. */
export const firefox: BrowserKind = {
  name: 'Firefox',
  async launch (): Promise<Driver> {
    const browser = await launch({
      browser: 'firefox',
      executablePath: await programOf(['firefox-esr', 'firefox'], 'firefox-esr'),
      headless: true,
      protocolTimeout: CALL_MS,
      // Puppeteer turns the question before a page is left off.
      extraPrefsFirefox: { 'dom.disable_beforeunload': false }
    })
    let context: BrowserContext | undefined
    return {
      async visit () {
        await context?.close()
        context = await browser.createBrowserContext()
        return await tabOf(await context.newPage())
      },
      processes () {
        const pid = browser.process()?.pid ?? 0
        return [pid, ...descendants(pid)]
      },
      close: () => browser.close()
    }
  }
}

async function tabOf (page: Page): Promise<Tab> {
  await page.setViewport({ width: 1000, height: 700 })
  const read = (expression: string): Promise<unknown> => within(READ_MS, 'read', page.evaluate(expression))
  return {
    async goTo (url) {
      // Puppeteer waits in vain for a page that follows one out of memory. So the document tells that it has come.
      await read('globalThis.isOfPageBefore = true')
      page.goto(url, { timeout: CALL_MS }).catch(() => { /* told below */ })
      const hasCome = 'globalThis.isOfPageBefore === undefined && document.readyState === "complete"'
      const end = Date.now() + CALL_MS
      while (await read(hasCome).catch(() => false) !== true) {
        if (Date.now() > end) throw new Error(`${url} was not loaded`)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    },
    async back () { await read('void setTimeout(() => history.back())') },
    read,
    move: (x, y) => within(CALL_MS, 'move', page.mouse.move(x, y)),
    button: isDown => within(CALL_MS, 'button', isDown ? page.mouse.down() : page.mouse.up()),
    press: key => within(CALL_MS, 'press', page.keyboard.press(key as KeyInput)),
    open: async () => tabOf(await page.browserContext().newPage()),
    toFront: () => within(CALL_MS, 'toFront', page.bringToFront()),
    screenshot: async () => Buffer.from(await page.screenshot())
  }
}
