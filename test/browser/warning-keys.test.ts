import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { en } from '../../src/client/locales/en.ts'
import { until } from './test-site.ts'
import { callsOf, dialogOf, focusOf, SETTLED_MS, STATES, warningOfSuite } from './warning-page.ts'

/** A page with shortcuts of its own, whose listeners come after those of the client. */
const SHORTCUTS = `
  globalThis.heard = []
  for (const type of ['keydown', 'keyup', 'keypress', 'pointerdown', 'mousedown', 'mouseup', 'click', 'focusin']) {
    addEventListener(type, event => heard.push(type + ' ' + event.key))
    document.addEventListener(type, event => heard.push(type + ' ' + event.key), true)
  }`

describe('the keys of the warning', { concurrency: 2 }, () => {
  const onPage = warningOfSuite()

  it('reach no shortcut of the page, and neither do its presses', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    await page.evaluate(SHORTCUTS)
    await page.clock.runFor(SETTLED_MS)
    for (const key of ['j', 'Tab', 'ArrowDown', 'F2', 'Control+k', 'Delete']) await page.keyboard.press(key)
    // The same holds when nothing has the focus, as after a press on the text.
    await page.locator('.session-security-text').click()
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('j')
    await page.mouse.click(5, 5)
    await page.evaluate('document.querySelector("dialog button").focus()')
    await page.keyboard.press('Escape')
    assert.deepEqual(await page.evaluate('heard.filter(one => !one.startsWith("focusin"))'), [])
    assert.equal(await callsOf(page), 'extend')
    await page.keyboard.press('j')
    assert.deepEqual(await page.evaluate('heard.includes("keydown j")'), true)
  }))

  it('may come without a name, as when a browser fills in a form', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    await page.evaluate(
      'for (const type of ["keydown", "keyup"]) document.querySelector("#name").dispatchEvent(new Event(type, { ' +
      'bubbles: true }))'
    )
    await page.clock.runFor(SETTLED_MS)
    await page.evaluate(
      'for (const type of ["keydown", "keyup"]) document.querySelector("#name").dispatchEvent(new Event(type, { ' +
      'bubbles: true }))'
    )
    assert.equal(await dialogOf(page).count(), 1)
    assert.equal(await callsOf(page), '')
  }))

  it('go back into a frame of the same site in which they were meant to be typed', () => onPage(async page => {
    await page.evaluate(
      'document.body.insertAdjacentHTML("beforeend", ' +
      '"<iframe id=frame srcdoc=\'<input id=inner aria-label=Inner>\'></iframe><iframe id=editor ' +
      'aria-label=Editor></iframe>"); editor.contentDocument.body.contentEditable = true'
    )
    await until(page, 'frame.contentDocument?.querySelector("#inner") != null')
    for (const focus of [
      'frame.contentDocument.querySelector("#inner").focus()',
      'editor.contentWindow.focus(); editor.contentDocument.body.focus()'
    ]) {
      await page.evaluate(focus)
      await page.keyboard.type('ab ')
      await page.evaluate(STATES.absolute)
      await page.keyboard.type('cd ')
      await page.clock.runFor(SETTLED_MS)
      await page.keyboard.press('Escape')
      assert.equal(await dialogOf(page).count(), 0)
      await page.keyboard.type('ef')
    }
    const texts = await page.evaluate(
      '[frame.contentDocument.querySelector("#inner").value, editor.contentDocument.body.textContent]'
    ) as string[]
    assert.deepEqual(texts.map(text => text.replaceAll('\u00a0', ' ')), ['ab cd ef', 'ab cd ef'])
  }))

  it('are in their field after a pause, before any answer: the end may come first', () => onPage(async page => {
    await page.locator('#notes').pressSequentially('half')
    await page.evaluate(STATES.warning)
    await page.keyboard.type(' an hour')
    await page.clock.runFor(SETTLED_MS + 1000)
    assert.equal(await page.locator('#notes').inputValue(), 'half an hour')
    assert.equal(await page.evaluate('document.querySelector("dialog:modal").contains(document.activeElement)'), true)
    await page.keyboard.press('Enter')
    assert.equal(await callsOf(page), 'extend')
  }))

  it('close the warning at once when typing extends the session', () => onPage(async page => {
    await page.locator('#notes').focus()
    await page.keyboard.type('a')
    await page.evaluate(STATES.warning)
    await page.keyboard.type('bc')
    await page.evaluate('monitor.relax()')
    assert.equal(await dialogOf(page).count(), 0)
    await page.keyboard.type('d')
    assert.equal(await page.locator('#notes').inputValue(), 'abcd')
  }))

  it('go back into a popover that the warning has closed, and that is open again', () => onPage(async page => {
    await page.evaluate(`document.body.insertAdjacentHTML("beforeend",
      '<button popovertarget=note>Note</button><div popover id=note><input id=inner aria-label=Inner></div>')`)
    await page.getByRole('button', { name: 'Note' }).click()
    await page.getByRole('textbox', { name: 'Inner' }).click()
    await page.clock.runFor(SETTLED_MS)
    const isOpen = 'note.matches(":popover-open")'
    for (const end of ['monitor.relax()', 'document.querySelector(\'dialog button\').click()']) {
      await page.keyboard.type('ab')
      await page.evaluate(STATES.absolute)
      assert.equal(await page.evaluate(isOpen), false)
      await page.keyboard.type('cd')
      await page.clock.runFor(SETTLED_MS)
      await page.evaluate(end)
      assert.deepEqual([await dialogOf(page).count(), await page.evaluate(isOpen)], [0, true])
      await page.keyboard.type('ef')
    }
    assert.equal(await page.getByRole('textbox', { name: 'Inner' }).inputValue(), 'abcdefabcdef')
  }))

  it('do not become another date when the warning takes the first of them', () => onPage(async page => {
    await page.evaluate('document.body.insertAdjacentHTML("beforeend", "<input type=date id=date aria-label=Date>")')
    await page.getByLabel('Date').focus()
    await page.evaluate(STATES.warning)
    await page.keyboard.type('01')
    await page.evaluate('monitor.relax()')
    await page.keyboard.type('022026')
    assert.deepEqual([await page.getByLabel('Date').inputValue(), await dialogOf(page).count()], ['', 1])
    await page.clock.runFor(SETTLED_MS)
    assert.equal(await dialogOf(page).count(), 0)
    await page.keyboard.type('01022026')
    assert.equal(await page.getByLabel('Date').inputValue(), '2026-01-02')
  }))

  it('press once: the button waits, the other one works, and a failure is shown', () => onPage(async page => {
    await page.evaluate(`${STATES.warning}; monitor.extend = () => { monitor.calls.push('extend');
      return new Promise(resolve => { globalThis.answer = () => resolve({ state: 'offline' }) }) }
      monitor.onSignOut = () => new Promise((resolve, reject) => {
        globalThis.refuse = () => reject(new Error('403')) })`)
    await page.clock.runFor(SETTLED_MS)
    for (let i = 0; i < 3; i++) await page.keyboard.press('Enter')
    const stay = page.getByRole('button', { name: en.stay })
    assert.equal(await stay.getAttribute('aria-disabled'), 'true')
    assert.equal(await dialogOf(page).getAttribute('aria-busy'), 'true')
    await page.clock.runFor(SETTLED_MS)
    assert.equal(await page.locator('.session-security-note').textContent(), en.wait)
    await page.keyboard.press('Tab')
    for (let i = 0; i < 3; i++) await page.keyboard.press('Enter')
    assert.equal(await callsOf(page), 'extend,signOut')
    await page.evaluate('answer(); refuse()')
    await until(
      page, `document.querySelector('.session-security-note').textContent === ${JSON.stringify(en.signOutFailed)}`
    )
    assert.equal(await dialogOf(page).getAttribute('aria-busy'), 'false')
    assert.equal(await focusOf(page), en.signOut)
    // The click was an activity: the session goes on, and the dialog still reports the failure.
    await page.evaluate('monitor.relax()')
    await page.clock.runFor(5000)
    await page.getByRole('alertdialog', { name: en.stayed, description: en.signOutFailed }).waitFor()
    await page.keyboard.press('Escape')
    assert.equal(await dialogOf(page).count(), 0)
  }))
})

describe('the title of the tab', { concurrency: 2 }, () => {
  const onPage = warningOfSuite()

  for (const [what, start, end] of [
    [
      'from the present one',
      'setInterval(() => { document.title = "(" + ++count + ") " + document.title.replace(/^\\(\\d+\\) /, "") }, 1000)',
      /^\(\d+\) Patient record$/
    ],
    [
      'from its own',
      'const own = document.title; setInterval(() => { document.title = "(" + ++count + ") " + own }, 1000)',
      /^\(\d+\) Patient record$/
    ],
    [
      'by another element',
      'setInterval(() => { const title = document.createElement("title"); title.text = "Step " + ++count; ' +
      'document.querySelector("title").replaceWith(title) }, 1000)',
      /^Step \d+$/
    ],
    [
      'by a router that kept ours',
      'const seen = []; setInterval(() => { seen.push(document.title); ' +
      'document.title = ++count > 6 ? seen[3] : "Route" }, 1000)',
      /^Route$/
    ]
  ] as const) {
    it(`is right during and after the warning of a page that makes its title ${what}`, () => onPage(async page => {
      await page.evaluate(`globalThis.count = 0; ${start}`)
      await page.evaluate('monitor.warn(40)')
      for (let seconds = 0; seconds < 12; seconds++) {
        await page.clock.runFor(990)
        await until(page, '(document.title.match(/Sign-out/g) ?? []).length === 1')
        assert.ok((await page.title()).length < 60, await page.title())
      }
      await page.evaluate('monitor.relax()')
      await page.clock.runFor(3000)
      await until(page, '!document.title.includes("Sign-out")')
      assert.match(await page.title(), end)
    }))
  }
})
