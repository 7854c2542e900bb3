import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { complaintsOf } from '../helpers/axe.ts'
import { until } from '../helpers/redis-process.ts'
import { demoOfSuite } from './demo-of-suite.ts'

const SCREENS = [{ width: 320, height: 568 }, { width: 390, height: 844 }, { width: 1280, height: 720 }]

describe('the pages of the demo', { concurrency: 3 }, () => {
  const demo = demoOfSuite(['--expire-after', '600'])

  async function visit (options: BrowserContextOptions, test: (page: Page) => Promise<void>): Promise<void> {
    await demo.visit({ patienceMs: 40_000, ...options }, async page => {
      await page.goto('/')
      await page.getByLabel('Your name').fill('Ana')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Hello, Ana' }).waitFor()
      await test(page)
    })
  }

  for (const viewport of SCREENS) {
    const size = `${viewport.width} × ${viewport.height}`
    it(`show without scrolling what happens next and what to try first, on a screen of ${size}`, () => visit({
      viewport
    }, async page => {
      for (const locator of [
        page.getByRole('timer').filter({ hasText: /If you do nothing: warning in \d+ s,\s+signed out in \d+ s/ }),
        page.getByRole('link', { name: 'Open the form' })
      ]) {
        await locator.waitFor()
        const box = await locator.boundingBox()
        assert.ok(box !== null && box.y + box.height <= viewport.height, `${String(locator)} ${JSON.stringify(box)}`)
      }
      for (const path of ['/', '/form', '/email', '/confirm', '/admin']) {
        await page.goto(path)
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), path)
        assert.deepEqual(await complaintsOf(page), [], path)
      }
    }))
  }

  it('cut nothing off on a phone whose letters are twice as large', () => visit({
    viewport: { width: 320, height: 568 }
  }, async page => {
    for (const path of ['/', '/form', '/email', '/confirm']) {
      await page.goto(path)
      await page.evaluate('document.documentElement.style.fontSize = "200%"')
      const beyond = '[...document.querySelectorAll("header *, main *")]' +
        '.filter(element => element.getBoundingClientRect().right > innerWidth)'
      assert.deepEqual(await page.evaluate(`${beyond}.map(element => element.outerHTML.slice(0, 80))`), [], path)
    }
  }))

  it('set a person\'s request and a poller\'s side by side, and each is listed on its side', () => visit({
    viewport: { width: 1280, height: 720 }
  }, async page => {
    const [person, poller] = [sectionOf(page, 'A person\'s request'), sectionOf(page, 'A poller\'s request')]
    const [left, right] = [await person.boundingBox(), await poller.boundingBox()]
    assert.ok(left !== null && right !== null && left.y === right.y && left.x + left.width <= right.x)
    await person.getByRole('button', { name: 'Ask as a person' }).click()
    await person.getByText(/UTC, asked once/).waitFor()
    await person.getByRole('row', { name: /GET \/api\/time active: / }).waitFor()
    await poller.getByLabel('Poll every second').check()
    await poller.getByRole('row', { name: /GET \/api\/unread ×\d+ passive: nothing recorded/ }).waitFor()
    assert.equal(await person.getByText('/api/unread').count(), 0)
    assert.equal(await poller.getByText('/api/time').count(), 0)
    await until(
      'the page has been told twice', async () => /asked [2-9] times/.test(await poller.getByRole('status').innerText())
    )
  }))

  for (const viewport of SCREENS) {
    it(`align labels and fields of a row of the form, ${viewport.width} px wide`, () => visit({
      viewport
    }, async page => {
      await page.goto('/form')
      const tops = await page.evaluate(`[...document.querySelectorAll('.field')].map(field => {
        const top = field.getBoundingClientRect().top
        const offset = part => Math.round(field.querySelector(part).getBoundingClientRect().top - top)
        return [Math.round(top), ...['label', 'input, textarea'].map(offset)].join()
      })`) as string[]
      const offsets = new Set(tops.map(top => top.split(',').slice(1).join()))
      assert.equal(offsets.size, 1, [...offsets].join(' '))
    }))
  }
})

function sectionOf (page: Page, name: string): Locator {
  return page.getByRole('region', { name })
}
