import assert from 'node:assert/strict'
import { rest, settled, until } from './hand.ts'
import { inEveryBrowser } from './in-every-browser.ts'
import type { Scene } from './in-every-browser.ts'

const LASTING = { warnAfter: 300, expireAfter: 600 }
const SHORT = { warnAfter: 3, expireAfter: 4 }
const LONGER_THAN_SHORT_MS = 4500

/** Every question that a page asks as it comes is answered by then. */
const SETTLING_MS = 500

/**
 * The most milliseconds for which the page of a live session is blank. The quickest of some tries counts, since the
 * machine may be busy.
 */
const BLANK_MS = 400
const TRIES = 3

/** Opens a page that knows its session, and then an anonymous page. */
async function away ({ tab, site }: Scene): Promise<void> {
  await tab.goTo(`${site.origin}/enter?to=/kept`)
  await settled(tab)
  // A question under way would keep Firefox from keeping the page.
  await rest(SETTLING_MS)
  await tab.goTo(`${site.origin}/away`)
}

/** The page came out of memory, was never seen, and was left. */
async function isLeftUnseen ({ tab }: Scene): Promise<void> {
  await until(tab, 'location.pathname === "/login"')
  assert.equal(await tab.read('sessionStorage.shows'), 'loaded fromMemory ')
  assert.equal(await tab.read('sessionStorage.blankMs ?? null'), null)
}

inEveryBrowser('the Back button', [
  {
    name: 'shows a page out of memory at once while its session is alive',
    security: LASTING,
    async run (scene) {
      const { tab, site } = scene
      await away(scene)
      for (let tries = 1; tries <= TRIES; tries++) {
        await tab.back()
        await until(tab, `location.pathname === "/kept" && sessionStorage.blankMs?.split(" ").length > ${tries}`)
        await rest(SETTLING_MS)
        await tab.goTo(`${site.origin}/away`)
      }
      assert.equal(await tab.read('sessionStorage.shows'), 'loaded ' + 'fromMemory '.repeat(TRIES))
      const blankMs = String(await tab.read('sessionStorage.blankMs')).trim().split(' ').map(Number)
      assert.ok(Math.min(...blankMs) < BLANK_MS, `blank for ${blankMs.join(', ')} ms`)
    }
  },
  {
    name: 'leaves a page whose session has ended meanwhile',
    security: SHORT,
    async run (scene) {
      await away(scene)
      await rest(LONGER_THAN_SHORT_MS)
      await scene.tab.back()
      await isLeftUnseen(scene)
    }
  },
  {
    name: 'leaves a page whose session was signed out in another tab',
    security: LASTING,
    async run (scene) {
      await away(scene)
      const other = await scene.tab.open()
      await other.goTo(`${scene.site.origin}/leave`)
      await scene.tab.toFront()
      await scene.tab.back()
      await isLeftUnseen(scene)
    }
  }
])
