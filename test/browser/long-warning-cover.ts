import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from './test-site.ts'
import { callsOf, focusOf, SETTLED_MS, STATES, warningOfSuite } from './warning-page.ts'

/** Checks whether a hand that points at the first button would reach it. */
const IS_ON_TOP = `(() => {
  const button = document.querySelector('.session-security-dialog button')
  const { left, top, width, height } = button.getBoundingClientRect()
  return document.elementFromPoint(left + width / 2, top + height / 2) === button
})()`

/** Things that a page may put on top of everything. */
const COVERS = {
  modal: 'document.body.insertAdjacentHTML("beforeend", ' +
    '"<dialog class=theirs><p>Theirs <button>Their button</button></p></dialog>"); ' +
    'document.querySelector(".theirs").showModal()',
  popover: 'document.body.insertAdjacentHTML("beforeend", ' +
    '"<div class=theirs popover=manual>Theirs <button>Their button</button></div>"); ' +
    'document.querySelector(".theirs").showPopover(); document.querySelector(".theirs").style.cssText = "inset: 0; ' +
    'width: auto; height: auto; margin: 0"',
  'modal in a shadow root': 'const host = document.body.appendChild(document.createElement("div")); ' +
    'host.attachShadow({ mode: "closed" }).append(document.createElement("dialog")); globalThis.theirs = host; 0',
  'element in full screen': 'document.querySelector("main").requestFullscreen()',
  inert: 'for (const part of [document.body, document.querySelector(".session-security-dialog")]) part.inert = true'
}

describe('the warning below something else', { concurrency: 2 }, () => {
  const onPage = warningOfSuite()

  for (const cover of ['modal', 'popover', 'element in full screen', 'inert'] as const) {
    it(`comes up again above a later ${cover}, with its focus, and says nothing twice`, () => onPage(async page => {
      await page.evaluate(`${STATES.warning}; listen()`)
      await page.keyboard.press('Tab')
      await page.evaluate(COVERS[cover])
      await page.clock.runFor(SETTLED_MS)
      await until(page, IS_ON_TOP)
      assert.equal(await focusOf(page), 'Sign out')
      assert.deepEqual(await page.evaluate('spoken'), [])
      await page.getByRole('button', { name: 'Stay signed in' }).click()
      assert.equal(await callsOf(page), 'extend')
    }))
  }

  it('comes up above an element that is in full screen, which stays so', () => onPage(async page => {
    await page.evaluate(`${COVERS['element in full screen']}.then(() => { ${STATES.warning} })`)
    await page.clock.runFor(SETTLED_MS)
    await until(page, IS_ON_TOP)
    await page.getByRole('button', { name: 'Stay signed in' }).click()
    assert.equal(await callsOf(page), 'extend')
    assert.equal(await page.evaluate('document.fullscreenElement.localName'), 'main')
  }))

  it('stands alone when the page is hidden that has an element in full screen', () => onPage(async page => {
    await page.evaluate(`${COVERS['element in full screen']}.then(() => { ${STATES.hidden} })`)
    await page.clock.runFor(SETTLED_MS)
    await until(page, IS_ON_TOP)
    assert.equal(await page.evaluate('document.querySelector("main").getClientRects().length'), 0)
  }))

  it('works in an inert page, and gives the focus back to a modal of the page', () => onPage(async page => {
    await page.evaluate('document.body.inert = true; ' + STATES.warning)
    await page.clock.runFor(SETTLED_MS)
    await page.keyboard.press('Enter')
    assert.equal(await callsOf(page), 'extend')
    await page.evaluate(`document.body.inert = false; ${STATES.warning}; ${COVERS.modal}`)
    await page.clock.runFor(SETTLED_MS)
    await page.keyboard.press('Escape')
    assert.equal(await focusOf(page), 'Their button')
  }))

  it('gives in after three times, as a bar that takes no focus and can be used', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    await page.evaluate(COVERS.modal)
    const again = 'document.querySelector(".theirs").close(); document.querySelector(".theirs").showModal()'
    for (let i = 0; i < 3; i++) {
      await until(page, IS_ON_TOP)
      await page.evaluate(again)
    }
    await until(page, '!document.querySelector(".session-security-dialog").matches(":modal")')
    await until(page, IS_ON_TOP)
    assert.equal(await focusOf(page), 'Their button')
    assert.equal(await page.locator('.session-security-dialog').getAttribute('role'), 'dialog')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    assert.equal(await callsOf(page), 'extend')
    await page.evaluate('document.querySelector(".theirs").close(); monitor.warn(42)')
    await page.clock.runFor(2000)
    await until(page, IS_ON_TOP)
    await page.locator('.session-security-dialog').getByRole('button', { name: 'Stay signed in' }).click()
    assert.equal(await callsOf(page), 'extend,extend')
  }))

  it('is not kept from its buttons by a focus trap, before it or after it', () => onPage(async page => {
    const trap = 'globalThis.trap = createFocusTrap("p", { escapeDeactivates: true }); trap.activate()'
    for (const [i, order] of [[trap, STATES.warning], [STATES.warning, trap]].entries()) {
      await page.evaluate('monitor.calls.length = 0')
      await page.evaluate(order.join(';'))
      await page.clock.runFor(SETTLED_MS)
      await page.keyboard.press('Tab')
      assert.equal(await focusOf(page), 'Sign out')
      await page.mouse.move(600, 300)
      await page.evaluate('monitor.onSignOut = () => Promise.reject(new Error("500"))')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('button', { name: 'Stay signed in' }).click()
      assert.equal(await callsOf(page), 'signOut,extend', `order ${i}`)
      await page.clock.runFor(SETTLED_MS)
      assert.equal(await page.evaluate('trap.active'), true)
      await page.evaluate('trap.deactivate()')
    }
  }))

  it('lets a press of the page end there, and takes none of it', () => onPage(async page => {
    await page.evaluate(
      'globalThis.pressed = 0; document.querySelector("#mine").addEventListener("click", () => pressed++)'
    )
    const { x = 0, y = 0 } = await page.locator('#mine').boundingBox() ?? {}
    await page.mouse.move(x + 5, y + 5)
    const presses = [
      [() => page.mouse.down(), () => page.mouse.up()],
      [() => page.keyboard.down('Space'), () => page.keyboard.up('Space')]
    ] as const
    for (const [i, [down, up]] of presses.entries()) {
      await page.locator('#mine').focus()
      await down()
      await page.evaluate(STATES.absolute)
      assert.equal(await page.locator('dialog').count(), 0)
      await up()
      assert.equal(await page.locator('dialog').count(), 1)
      assert.equal(await page.evaluate('pressed'), i + 1)
      await page.evaluate('monitor.relax()')
    }
  }))

  it('does not wait for long, and then is not pressed by what began below', () => onPage(async page => {
    for (const button of ['mouse', 'Space', 'Enter'] as const) {
      await page.evaluate('monitor.calls.length = 0')
      await page.evaluate(STATES.warning)
      const { x = 0, y = 0 } = await page.getByRole('button', { name: 'Stay signed in' }).boundingBox() ?? {}
      await page.evaluate('monitor.relax()')
      await page.mouse.move(x + 9, y + 9)
      await page.evaluate('document.body.tabIndex = -1; document.body.focus()')
      if (button === 'mouse') await page.mouse.down()
      else await page.keyboard.down(button)
      await page.evaluate(STATES.warning)
      await page.clock.runFor(1200)
      assert.equal(await page.locator('dialog').count(), 1)
      await page.clock.runFor(SETTLED_MS)
      if (button === 'mouse') await page.mouse.up()
      else {
        await page.keyboard.down(button)
        await page.keyboard.up(button)
      }
      assert.equal(await callsOf(page), '', button)
      assert.equal(await page.locator('dialog').count(), 1)
      await page.evaluate('monitor.relax()')
      await page.clock.runFor(3000)
    }
  }))
})
