import type { BrowserOptions, TestBrowser } from './browser-api.ts'
import type { KitCore } from './kit-core.ts'
import { checkBrowserOptions, checkSeconds, checkUrl } from './kit-options.ts'
import { Machine } from './machine.ts'
import { withPayload } from './requests.ts'
import { Tab } from './tab.ts'

/** @throws {BadOptionError | UnknownOptionError} */
export function createBrowser (kit: KitCore, options: BrowserOptions = {}): TestBrowser {
  checkBrowserOptions(options)
  const machine = new Machine(kit, options.headers ?? {})
  const tabs = new Set<Tab>()
  const browser: TestBrowser = {
    get tabs () { return [...tabs] },
    cookies: (path = '/') => machine.jar.cookiesFor(path),
    async open (url, client) {
      checkUrl(url)
      const tab = new Tab(machine, client, () => tabs.delete(tab))
      tabs.add(tab)
      await tab.goto(url)
      return tab
    },
    get: async (url, headers = {}) => await browser.request({ method: 'GET', url, headers }),
    async post (url, payload, headers = {}) {
      return await browser.request(withPayload({ method: 'POST', url, headers }, payload))
    },
    async request (options) {
      const answer = await machine.send(options)
      await kit.pending.settle()
      return answer
    },
    async sleepLid (seconds) {
      checkSeconds(seconds)
      machine.isLidClosed = true
      try {
        await kit.time.pass(seconds)
      } finally {
        machine.isLidClosed = false
      }
      await kit.time.pass(0)
    },
    async quit () {
      for (const tab of tabs) await tab.close()
      machine.jar.quit()
    }
  }
  return browser
}
