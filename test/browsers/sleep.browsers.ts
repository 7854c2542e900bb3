import assert from 'node:assert/strict'
import { latch } from '../helpers/latch.ts'
import { rest, until } from './hand.ts'
import { inEveryBrowser } from './in-every-browser.ts'
import { signalAll } from './processes.ts'

const security = { warnAfter: 2, expireAfter: 4 }

/** The sleep outlasts the session. */
const SLEEP_MS = 5000

inEveryBrowser('a browser that slept for longer than the session lasts', [{
  name: 'hides the page before any key works, and leaves it',
  security,
  async run ({ tab, driver, site }) {
    await tab.goTo(`${site.origin}/enter`)
    await until(tab, 'document.querySelector("#notes") && performance.now() > 1000')
    const processes = driver.processes()
    signalAll(processes, 'SIGSTOP')
    // No answer of the server comes to the help of the page's own clocks before the key was pressed.
    const pressing = latch()
    site.answer = () => pressing.opened
    let pressed: Promise<void>
    try {
      await rest(SLEEP_MS)
      // The key waits for the browser, as the key does that wakes a machine up.
      pressed = tab.press('x')
    } finally {
      signalAll(processes, 'SIGCONT')
    }
    await pressed
    await until(tab, 'document.documentElement.hasAttribute("data-session-concealed")')
    assert.equal(await tab.read('sessionStorage.keys ?? null'), null)
    pressing.open()
    await until(tab, 'location.pathname === "/login"')
    assert.equal(await tab.read('sessionStorage.keys ?? null'), null)
  }
}])
