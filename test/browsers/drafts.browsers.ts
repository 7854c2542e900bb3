import assert from 'node:assert/strict'
import { en } from '../../src/client/locales/en.ts'
import { click, named, rest, type, until } from './hand.ts'
import { inEveryBrowser } from './in-every-browser.ts'
import type { Scene } from './in-every-browser.ts'

/** Seconds: long enough to type before the warning, on a busy machine too. */
const SOON = 8

/** The time-out comes soon, and no other one while the text is restored. */
let expireAfter = SOON
const security = { warnAfter: () => expireAfter - 1, expireAfter: () => expireAfter }

const TEXT = 'Half an hour of work'
const NOTES = 'document.querySelector("#notes")'
const OFFER = 'document.querySelector(".session-security-draft")'

/** An offer that comes at all has come after this time, in milliseconds. */
const OFFER_MS = 1500

/** Types, and then waits until the page goes to the sign-in page without a question. */
async function timedOut ({ tab, site }: Scene): Promise<void> {
  expireAfter = SOON
  await tab.goTo(`${site.origin}/enter`)
  await click(tab, NOTES)
  await type(tab, TEXT)
  assert.equal(await tab.read(`${NOTES}.value`), TEXT)
  await until(tab, 'location.pathname === "/login"')
  expireAfter = 600
}

/** Signs in again, and restores the text that is offered. */
async function restored (scene: Scene): Promise<void> {
  const { tab, site } = scene
  await timedOut(scene)
  await tab.goTo(`${site.origin}/enter`)
  await until(tab, OFFER)
  assert.equal(await tab.read(`${NOTES}.value`), '')
  await click(tab, named(en.restore))
  await until(tab, `${NOTES}.value !== ""`)
  assert.equal(await tab.read(`${NOTES}.value`), TEXT)
}

inEveryBrowser('a text that was typed before the time-out', [
  {
    name: 'is offered after the next sign-in, and restored',
    security,
    run: restored
  },
  {
    name: 'is sent by the first click after it was restored',
    security,
    async run (scene) {
      const { tab } = scene
      await restored(scene)
      await click(tab, named('Save'))
      await until(tab, 'document.querySelector("#saved")')
      assert.equal(await tab.read('document.querySelector("#saved").textContent'), TEXT)
    }
  },
  {
    name: 'is offered to nobody else, and kept no longer',
    security,
    async run (scene) {
      const { tab, site } = scene
      await timedOut(scene)
      await tab.goTo(`${site.origin}/enter?user=bob`)
      await until(tab, NOTES)
      await rest(OFFER_MS)
      assert.equal(await tab.read('location.pathname'), '/form')
      assert.equal(await tab.read(`${OFFER} === null`), true)
      assert.doesNotMatch(String(await tab.read('Object.entries(sessionStorage).join()')), /draft|Half an hour/)
    }
  }
])
