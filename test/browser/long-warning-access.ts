import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { locales } from '../../src/client/locales/all.ts'
import { en } from '../../src/client/locales/en.ts'
import { complaintsOf } from '../helpers/axe.ts'
import { dialogOf, LATE_STATES, STATES, warningOfSuite } from './warning-page.ts'

const ALL_STATES = { ...STATES, ...LATE_STATES }

/** The folder for screenshots that a person can look at. Without it, none are made. */
const { SCREENSHOTS } = process.env

/** The tree of each state for a screen reader: name, description, and buttons. The first button has the focus. */
const TREES: Record<keyof typeof ALL_STATES, [string, string, string[]]> = {
  warning: [
    en.title, 'You have not been active for a while. For your security, you will be signed out in 42 seconds.',
    ['Stay signed in', 'Sign out']
  ],
  absolute: [
    en.title,
    'This session ends in 1 minute 42 seconds, even if you keep working. Save your work now; ' +
    'you can sign in again afterwards.',
    ['Close', 'Sign out']
  ],
  offline: [
    en.title,
    `You have not been active for a while. For your security, you will be signed out in 42 seconds. ${en.offline}`,
    ['Stay signed in', 'Sign out']
  ],
  hidden: [en.hiddenTitle, en.hidden, ['Try again']],
  staying: [en.stayed, '', ['Stay signed in', 'Sign out']],
  refused: [en.hiddenTitle, en.refused, ['Load the page again']],
  ended: [en.ended, '', ['Sign in again']],
  otherUser: [en.ended, en.otherUser, ['Load the page again']],
  busy: [
    en.title,
    `You have not been active for a while. For your security, you will be signed out in 41 seconds. ${en.wait}`,
    ['Stay signed in', 'Sign out, disabled']
  ],
  failed: [
    en.title,
    'You have not been active for a while. For your security, you will be signed out in 42 seconds. ' +
    en.signOutFailed,
    ['Stay signed in', 'Sign out']
  ]
}

describe('the warning for everybody', { concurrency: 2 }, () => {
  const onPage = warningOfSuite()
  before(async () => {
    if (SCREENSHOTS !== undefined) await mkdir(SCREENSHOTS, { recursive: true })
  })

  /** Brings a state about, also one that takes a hand or a second. */
  async function bring (page: Page, state: keyof typeof ALL_STATES): Promise<void> {
    await page.evaluate(
      'monitor.say({ state: "ended", concealed: false }); monitor.onSignOut = async () => {}; monitor.relax()'
    )
    if (state === 'staying') {
      await page.evaluate(STATES.warning)
      const { x = 0, y = 0 } = await page.locator('.session-security-title').boundingBox() ?? {}
      await page.mouse.move(3, 3)
      await page.mouse.move(x + 9, y + 9, { steps: 3 })
      await page.evaluate('monitor.relax()')
      return
    }
    await page.evaluate(ALL_STATES[state])
    if (['refused', 'ended', 'otherUser', 'busy'].includes(state)) await page.clock.runFor(1200)
    if (state === 'failed') await page.evaluate('monitor.onSignOut = async () => {}')
  }

  for (const [state, [name, description, buttons]] of Object.entries(TREES)) {
    it(`shows assistive technology itself and nothing else: ${state}`, () => onPage(async page => {
      await bring(page, state as keyof typeof ALL_STATES)
      await dialogOf(page).waitFor()
      const cdp = await page.context().newCDPSession(page)
      const { nodes } = await cdp.send('Accessibility.getFullAXTree')
      const seen = nodes.filter(({ ignored }) => !ignored)
      const is = (node: AXNode, property: string): unknown =>
        node.properties?.find(one => one.name === property)?.value.value
      const dialog = seen.find(({ role }) => role?.value === 'alertdialog')
      assert.deepEqual([dialog?.name?.value, String(dialog?.description?.value ?? '').trim()], [name, description])
      assert.equal(dialog === undefined ? false : is(dialog, 'modal'), true)
      const all = seen.filter(({ role }) => role?.value === 'button')
      assert.deepEqual(
        all.map(node => `${String(node.name?.value)}${is(node, 'disabled') === true ? ', disabled' : ''}`), buttons
      )
      assert.equal(all.findIndex(node => is(node, 'focused') === true), 0)
      assert.deepEqual(seen.filter(({ role }) => role?.value === 'textbox'), [], 'the page is inert')
      assert.deepEqual(seen.filter(node => is(node, 'live') === 'assertive').map(({ role }) => role?.value), [])
    }))
  }

  it('has a description with the present number for a person who hears it later', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    await page.clock.runFor(5000)
    await page.getByRole('alertdialog', { description: /in 37 seconds\.$/ }).waitFor()
  }))

  for (const state of Object.keys(ALL_STATES) as Array<keyof typeof ALL_STATES>) {
    for (const browserOptions of [
      {}, { colorScheme: 'dark' }, { forcedColors: 'active', colorScheme: 'dark' },
      { viewport: { width: 320, height: 256 } }
    ] as const) {
      it(`gives axe nothing to find: ${state}, ${JSON.stringify(browserOptions)}`, () => onPage(async page => {
        await bring(page, state)
        await screenshot(
          page, `${state}-${Object.values(browserOptions).join('-').replace('[object Object]', 'zoomed')}`
        )
        await page.clock.resume() // axe waits for the clock
        assert.deepEqual(await complaintsOf(page, ['target-size']), [])
      }, { browserOptions: { reducedMotion: 'reduce', ...browserOptions } }))
    }
  }

  for (const { lang, stay, signOut } of locales) {
    it(`fits on a phone at twice the size of text, and gives axe nothing to find: ${lang}`, () => onPage(async page => {
      for (const [size, height] of [['100%', 568], ['200%', 568], ['100%', 256]] as const) {
        await page.setViewportSize({ width: 320, height })
        await page.evaluate(`document.documentElement.style.fontSize = '${size}'`)
        for (const state of Object.keys(ALL_STATES) as Array<keyof typeof ALL_STATES>) {
          await bring(page, state)
          assert.equal(await dialogOf(page).count(), 1, `${state} ${size} ${height}`)
          assert.deepEqual(await page.evaluate(CUT), [], `${state} ${size} ${height}`)
          if (state === 'failed') await screenshot(page, `lang-${lang}-${parseInt(size)}-${height}`)
        }
      }
      await page.evaluate(STATES.warning)
      for (const name of [stay, signOut]) assert.equal(await page.getByRole('button', { name, exact: true }).count(), 1)
      await page.clock.resume()
      assert.deepEqual(await complaintsOf(page, ['target-size']), [])
    }, {
      options: JSON.stringify({ lang }),
      browserOptions: { reducedMotion: 'reduce', viewport: { width: 320, height: 568 } }
    }))
  }

  it('is not on paper, and the page is', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    await page.emulateMedia({ media: 'print' })
    assert.equal(await dialogOf(page).isVisible(), false)
    assert.equal(await page.locator('h1').isVisible(), true)
    await page.evaluate(STATES.hidden)
    assert.equal(await page.locator('h1').isVisible(), false)
  }))

  it('keeps its buttons where they are, whatever is said above them', () => onPage(async page => {
    const places = new Set()
    for (const state of ['warning', 'offline', 'staying', 'failed', 'busy'] as const) {
      await page.evaluate(STATES.warning)
      await bring(page, state)
      places.add(JSON.stringify(await page.getByRole('button', { name: en.signOut }).boundingBox()))
      await page.evaluate('monitor.onSignOut = async () => {}')
    }
    assert.equal(places.size, 1, [...places].join())
  }, { browserOptions: { reducedMotion: 'reduce' } }))
})

interface AXNode {
  readonly properties?: ReadonlyArray<{
    readonly name: string,
    readonly value: { readonly value?: unknown }
  }>
}

/** Lists unreadable parts of the dialog: too wide, or outside of it or the window. */
const CUT = `(() => {
  const dialog = document.querySelector('dialog')
  const box = dialog.getBoundingClientRect()
  const parts = [...dialog.querySelectorAll('h2, .session-security-text, .session-security-note, button')]
  const cut = parts.filter(part => {
    const { left, right, width, top, bottom } = part.getBoundingClientRect()
    const isOut = left < box.left - 1 || right > box.right + 1 || part.scrollWidth > part.clientWidth + 1
    return width > 0 && (isOut || (part.localName === 'button' && (top < 0 || bottom > innerHeight + 1)))
  })
  const isOutside = box.top < 0 || box.bottom > innerHeight + 1
  return [...cut.map(part => part.textContent), ...(isOutside ? ['outside of the window'] : [])]
})()`

async function screenshot (page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` })
}
