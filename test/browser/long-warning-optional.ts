import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { en } from '../../src/client/locales/en.ts'
import { callsOf, dialogOf, focusOf, SETTLED_MS, STATES, warningOfSuite } from './warning-page.ts'

// `npm run test:long` runs these tests, since they take long.

/** Optional parts of a browser. Each may be missing, or null. */
const OPTIONAL = [
  'MutationObserver', 'HTMLElement.prototype.showPopover', 'HTMLDialogElement.prototype.showModal', 'Intl.ListFormat',
  'Intl.PluralRules', 'HTMLElement.prototype.inert', 'sessionStorage', 'localStorage', 'BroadcastChannel',
  'ElementInternals', 'document.execCommand', 'CSSStyleSheet', 'Element.prototype.checkVisibility'
]

describe('the warning', { concurrency: 2 }, () => {
  const onPage = warningOfSuite()

  for (const value of ['undefined', 'null']) {
    for (const part of OPTIONAL) {
      it(`works in a browser in which ${part} is ${value}`, () => onPage(async page => {
        await page.evaluate(`${STATES.warning}`)
        assert.equal(await dialogOf(page).isVisible(), true)
        assert.equal(await focusOf(page), en.stay)
        await page.clock.runFor(SETTLED_MS)
        await page.evaluate(STATES.hidden)
        assert.equal(await page.locator('#mine').isVisible(), false)
        await page.evaluate('monitor.warn(42)')
        assert.equal(await page.locator('#mine').isVisible(), true)
        await page.mouse.move(30, 30, { steps: 5 })
        await page.getByRole('button', { name: en.stay }).click()
        await page.clock.runFor(SETTLED_MS)
        assert.deepEqual(
          [await callsOf(page), await page.locator('dialog').count(), await page.title()],
          ['extend', 0, 'Patient record']
        )
      }, {
        prepare: `Object.defineProperty(${part.includes('.') ? part.replace(/\.\w+$/, '') : 'globalThis'}, ` +
          `'${part.replace(/^.*\./, '')}', { configurable: true, value: ${value} })`
      }))
    }
  }
})
