import type { BrowserOptions, TestBrowser } from './browser-api.ts'
import type { KitCore } from './kit-core.ts'
import { checkBrowserOptions, checkClient, checkRequest, checkSeconds, checkUrl } from './kit-options.ts'
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
      checkClient(client)
      const tab = new Tab(machine, client, () => tabs.delete(tab))
      tabs.add(tab)
      await tab.goto(url)
      return tab
    },
    async get (url, headers = {}) {
      checkUrl(url)
      return await browser.request({ method: 'GET', url, headers })
    },
    async post (url, payload, headers = {}) {
      checkUrl(url)
      return await browser.request(withPayload({ method: 'POST', url, headers }, payload))
    },
    async request (options) {
      checkRequest(options)
      return await kit.pending.complete(machine.send(options))
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
