import assert from 'node:assert/strict'
import { en } from '../../src/client/locales/en.ts'
import { click, named, rest, until, WARNING } from './hand.ts'
import { inEveryBrowser } from './in-every-browser.ts'
import type { Scene, Script } from './in-every-browser.ts'

/** The end is far enough for a slow hand. */
const security = { warnAfter: 1, expireAfter: 60 }

/** The next warning comes after the dialog has closed behind the hand. */
const calm = { warnAfter: 3, expireAfter: 60 }

/** The warning takes keys of a person who was typing for less than this. */
const PAUSE_MS = 700

/** The length of a press by a slow hand, longer than a click. */
const LONG_MS = 1200

const [STAY, SIGN_OUT] = [named(en.stay), named(en.signOut)]
const HARM = 'sessionStorage.deleted !== undefined'

/** Opens a page with a harmful button below the warning, and waits for the warning. */
async function warned ({ tab, site }: Scene, query = ''): Promise<void> {
  await tab.goTo(`${site.origin}/enter?to=${encodeURIComponent(`/danger${query}`)}`)
  await until(tab, WARNING)
}

async function isUnharmed ({ tab }: Scene): Promise<void> {
  assert.equal(await tab.read(HARM), false, 'the button of the page was pressed')
  assert.equal(await tab.read('location.pathname'), '/danger')
}

async function isSignedOut ({ tab }: Scene): Promise<void> {
  await until(tab, `location.pathname === "/login" || ${HARM}`)
  assert.equal(await tab.read(HARM), false, 'the button of the page was pressed')
}

/** @param query of the page, which says what extends */
function scriptsFor (query: string, extending: string): Script[] {
  return [
    {
      name: `a mouse stays signed in where ${extending} extends`,
      security: calm,
      async run (scene) {
        const { tab } = scene
        await warned(scene, query)
        await click(tab, STAY)
        await tab.move(3, 3)
        await until(tab, `!${WARNING} || ${HARM}`)
        await isUnharmed(scene)
      }
    },
    {
      name: `a mouse signs out where ${extending} extends`,
      security,
      async run (scene) {
        await warned(scene, query)
        await click(scene.tab, SIGN_OUT)
        await isSignedOut(scene)
      }
    },
    {
      name: `the Tab key leads to the second button, and Enter presses it, where ${extending} extends`,
      security,
      async run (scene) {
        const { tab } = scene
        await warned(scene, query)
        await rest(PAUSE_MS)
        await tab.press('Tab')
        await rest(PAUSE_MS)
        assert.equal(await tab.read('document.activeElement.textContent'), en.signOut)
        await tab.press('Enter')
        await isSignedOut(scene)
      }
    }
  ]
}

inEveryBrowser('the warning', [
  ...scriptsFor('', 'any activity'),
  ...scriptsFor('?by=button', 'only the button'),
  {
    name: 'keys that answer the warning, or do nothing in it, reach no shortcut of the page',
    security: calm,
    async run (scene) {
      const { tab } = scene
      await warned(scene)
      await rest(PAUSE_MS)
      for (const key of ['j', 'Tab', 'Escape']) await tab.press(key)
      await until(tab, `!${WARNING}`)
      assert.equal(await tab.read('sessionStorage.keys ?? null'), null)
      await isUnharmed(scene)
    }
  },
  {
    name: 'a press that is held for long ends on the button on which it began',
    security,
    async run (scene) {
      await warned(scene)
      await click(scene.tab, SIGN_OUT, LONG_MS)
      await isSignedOut(scene)
    }
  },
  {
    name: 'a press that began on the page presses no button of the warning that came meanwhile',
    security,
    async run ({ tab, site }) {
      await tab.goTo(`${site.origin}/enter?to=/danger`)
      await until(tab, 'document.querySelector("#delete")')
      await tab.move(400, 340)
      await tab.move(500, 350)
      await tab.button(true)
      await until(tab, WARNING)
      await tab.button(false)
      await rest(PAUSE_MS)
      assert.equal(await tab.read('location.pathname'), '/danger')
    }
  }
])
