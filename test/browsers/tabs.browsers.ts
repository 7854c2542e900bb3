import assert from 'node:assert/strict'
import { en } from '../../src/client/locales/en.ts'
import type { Tab } from './driver.ts'
import { click, MONITOR, named, settled, until, WARNING } from './hand.ts'
import { inEveryBrowser } from './in-every-browser.ts'
import type { Scene } from './in-every-browser.ts'

const WARNED_SOON = { warnAfter: 3, expireAfter: 60 }

/** No page asks the server by itself while a script runs. */
const NEVER_WARNED = { warnAfter: 300, expireAfter: 600 }

/** "Within a second", on a machine that has other things to do, in milliseconds. */
const SOON_MS = 5000

/** An expression that is true while the page of the monitor is hidden or gone. */
const UNREADABLE = `!(${MONITOR}) || document.documentElement.hasAttribute("data-session-concealed")`

/** Opens the same page in a second tab, in front of the first. */
async function secondTab ({ tab, site }: Scene, query = ''): Promise<Tab> {
  await tab.goTo(`${site.origin}/enter?to=${encodeURIComponent(`/form${query}`)}`)
  const other = await tab.open()
  await other.goTo(`${site.origin}/form${query}`)
  return other
}

async function isUnreadableSoon (tab: Tab): Promise<void> {
  const beganMs = Date.now()
  await until(tab, UNREADABLE)
  const tookMs = Date.now() - beganMs
  assert.ok(tookMs < SOON_MS, `readable for ${tookMs} ms`)
}

inEveryBrowser('two tabs', [
  {
    name: 'are both warned, and one stays signed in with the other',
    security: WARNED_SOON,
    async run (scene) {
      const other = await secondTab(scene)
      for (const tab of [scene.tab, other]) await until(tab, WARNING)
      await click(other, named(en.stay))
      await other.move(3, 3)
      for (const tab of [other, scene.tab]) await until(tab, `!${WARNING}`)
      assert.equal(await scene.tab.read('location.pathname'), '/form')
    }
  },
  {
    name: 'are both left when the warning of one is answered with a sign-out',
    security: WARNED_SOON,
    async run (scene) {
      const other = await secondTab(scene, '?by=button')
      await until(other, WARNING)
      await click(other, named(en.signOut))
      for (const tab of [other, scene.tab]) await until(tab, 'location.pathname === "/login"')
    }
  },
  {
    name: 'are both left when the page\'s own form signs out in one',
    security: NEVER_WARNED,
    async run (scene) {
      const other = await secondTab(scene)
      for (const tab of [scene.tab, other]) await settled(tab)
      await click(other, named('Log out'))
      await until(other, 'location.pathname === "/login"')
      await isUnreadableSoon(scene.tab)
      await until(scene.tab, 'location.pathname === "/login"')
    }
  },
  {
    name: 'show nothing of the person before when somebody else signs in in one',
    security: NEVER_WARNED,
    async run (scene) {
      const other = await secondTab(scene)
      for (const tab of [scene.tab, other]) await settled(tab)
      await other.goTo(`${scene.site.origin}/enter?user=bob&to=/danger`)
      await isUnreadableSoon(scene.tab)
    }
  }
])
