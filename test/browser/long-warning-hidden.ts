import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { en } from '../../src/client/locales/en.ts'
import { until } from './test-site.ts'
import { callsOf, dialogOf, focusOf, LATE_STATES, SETTLED_MS, STATES, warningOfSuite } from './warning-page.ts'

const HIDDEN = 'monitor.warn(0, { state: "offline", concealed: true })'

/** Elements that a page must not show while it is hidden. Each entry makes one, #secret. */
const SECRETS = {
  'in the body': 'document.body.insertAdjacentHTML("beforeend", "<p id=secret>Secret</p>")',
  'made visible by its own style': 'document.body.insertAdjacentHTML("beforeend", "<p id=secret>Secret</p>"); ' +
    'secret.style.setProperty("visibility", "visible", "important"); secret.style.setProperty("display", "block", ' +
    '"important")',
  'in a shadow root that makes itself visible':
    'const host = document.body.appendChild(document.createElement("div")); ' +
    'const inner = host.attachShadow({ mode: "open" }); const sheet = new CSSStyleSheet(); ' +
    'sheet.replaceSync(":host, p { visibility: visible !important; display: block !important }"); ' +
    'inner.adoptedStyleSheets = [sheet]; ' +
    'inner.append(Object.assign(document.createElement("p"), { id: "secret", textContent: "Secret" }))',
  'outside of the body': 'document.documentElement.append(Object.assign(document.createElement("p"), { ' +
    'id: "secret", textContent: "Secret" }))',
  'outside of the body, by a stylesheet': 'const sheet = new CSSStyleSheet(); sheet.replaceSync("html body, ' +
    'html > #secret { display: block !important; visibility: visible !important }"); ' +
    'document.adoptedStyleSheets = [sheet]; ' +
    'document.documentElement.append(Object.assign(document.createElement("p"), { id: "secret", ' +
    'textContent: "Secret" }))',
  'in a modal': 'document.body.insertAdjacentHTML("beforeend", ' +
    '"<dialog id=theirs><p id=secret>Secret</p></dialog>"); theirs.showModal()',
  'in a popover': 'document.body.insertAdjacentHTML("beforeend", "<div popover=manual id=secret>Secret</div>"); ' +
    'secret.showPopover()'
}

const IS_SEEN = '[...document.querySelectorAll(\'*\')].flatMap(element => [element, ' +
  '...element.shadowRoot?.children ?? []]).find(({ id }) => id === \'secret\').checkVisibility({ ' +
  'checkVisibilityCSS: true })'

describe('a hidden page', { concurrency: 2 }, () => {
  const onPage = warningOfSuite()

  for (const [where, make] of Object.entries(SECRETS)) {
    it(`is not rendered, whatever it does: ${where}`, () => onPage(async page => {
      await page.evaluate(make)
      assert.equal(await page.evaluate(IS_SEEN), true)
      await page.evaluate(HIDDEN)
      assert.equal(await page.evaluate(IS_SEEN), false, 'from before')
      assert.equal(await dialogOf(page).isVisible(), true)
      await page.evaluate('monitor.relax()')
      assert.equal(await page.evaluate(IS_SEEN), true)
    }))

    it(`stays hidden when something comes later: ${where}`, () => onPage(async page => {
      await page.evaluate(HIDDEN)
      await page.evaluate(make)
      await until(page, `!${IS_SEEN}`)
      await page.clock.runFor(2000)
      assert.equal(await page.getByRole('button', { name: en.retry }).isVisible(), true)
      await page.clock.runFor(SETTLED_MS)
      await page.getByRole('button', { name: en.retry }).click()
      assert.equal(await callsOf(page), 'check')
    }))
  }

  it('lets nothing shine through, and does so at once', () => onPage(async page => {
    assert.equal(await page.evaluate(`${HIDDEN}; getComputedStyle(document.body).display`), 'none')
    const [alpha, visibility] = await page.evaluate(`(() => {
      const { backgroundColor } = getComputedStyle(document.querySelector('dialog'), '::backdrop')
      return [/^rgba|\\/|color-mix/.test(backgroundColor), getComputedStyle(document.documentElement).visibility]
    })()`) as [boolean, string]
    assert.deepEqual([alpha, visibility], [false, 'hidden'])
  }))

  it('comes back with styles, scrolling, focus and caret, and loads no frame again', () => onPage(async page => {
    await page.evaluate(`
      document.body.style.cssText = 'display: flow-root; color: red'
      document.body.insertAdjacentHTML('beforeend',
        '<div id=box><div id=long></div></div><iframe id=frame srcdoc="<input id=inner aria-label=Inner>"></iframe>' +
        '<div id=far></div>')
      Object.assign(box.style, { height: '50px', overflow: 'auto' })
      long.style.height = '900px'; far.style.height = '5000px'`)
    await until(page, 'frame.contentDocument?.querySelector("#inner") != null')
    await page.locator('#rich').focus()
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowLeft')
    await page.evaluate(`frame.contentWindow.mark = 1; frame.contentDocument.body.style.height = '3000px'
      scrollTo(0, 700); box.scrollTop = 123; frame.contentWindow.scrollTo(0, 45)`)
    for (const [before, after] of [['', ''], [STATES.warning, ''], ['', STATES.warning]]) {
      await page.evaluate(`${before}; ${HIDDEN}`)
      await page.clock.runFor(1500)
      await page.evaluate(`${after}; monitor.relax()`)
      const now = '[document.body.style.cssText, scrollY, box.scrollTop, frame.contentWindow.scrollY, ' +
        'frame.contentWindow.mark, document.activeElement.id]'
      assert.deepEqual(await page.evaluate(now), ['display: flow-root; color: red;', 700, 123, 45, 1, 'rich'])
    }
    await page.keyboard.type('|')
    assert.equal(await page.locator('#rich').textContent(), 'Tex|t')
    await page.evaluate('document.body.removeAttribute("style")')
    await page.evaluate(`${HIDDEN}; monitor.relax()`)
    assert.equal(await page.evaluate('document.body.hasAttribute("style")'), false)
  }))

  it('comes back, and hides again, although fields hide members of a scrolled form', () => onPage(async page => {
    await page.evaluate(`
      const form = document.createElement('form')
      form.id = 'visit'
      form.style.cssText = 'display: block; height: 50px; overflow: auto'
      for (const one of [HTMLFormElement, HTMLElement, Element, Node]) {
        for (const name of Object.getOwnPropertyNames(one.prototype)) {
          Element.prototype.append.call(form, Object.assign(document.createElement('input'), { name }))
        }
      }
      document.body.append(form)
      Element.prototype.scrollTo.call(form, 0, 40)`)
    for (let time = 0; time < 2; time++) {
      await page.evaluate(HIDDEN)
      assert.equal(await page.evaluate('getComputedStyle(document.body).display'), 'none')
      await page.evaluate('monitor.relax()')
      assert.equal(await page.evaluate('document.body.style.display'), '')
      assert.equal(await page.evaluate('Reflect.get(Element.prototype, "scrollTop", window.visit)'), 40)
    }
  }))

  it('keeps what the page does to its own styles meanwhile', () => onPage(async page => {
    await page.evaluate(HIDDEN)
    await page.evaluate(
      'document.body.style.display = "grid"; document.body.replaceWith(document.body.cloneNode(true))'
    )
    await until(page, 'getComputedStyle(document.body).display === "none"')
    await page.evaluate('document.body.style.display = "inline-block"')
    await until(page, 'getComputedStyle(document.body).display === "none"')
    await page.evaluate('monitor.relax()')
    assert.equal(await page.evaluate('document.body.style.display'), 'inline-block')
  }))

  it('says after a second that it waits, asks again on demand, and shows the result', () => onPage(async page => {
    await page.evaluate('monitor.warn(30, { state: "active", concealed: true })')
    assert.equal(await dialogOf(page).count(), 0)
    await page.clock.runFor(1200)
    await page.getByRole('alertdialog', { name: en.hiddenTitle, description: en.wait }).waitFor()
    await page.clock.runFor(SETTLED_MS)
    await page.evaluate(HIDDEN)
    await page.keyboard.press('Enter')
    assert.equal(await callsOf(page), 'check')
    await until(page, `document.querySelector('.session-security-note').textContent === ${JSON.stringify(en.offline)}`)
  }))

  it('has a way out when something else answers for the server', () => onPage(async page => {
    await page.evaluate(LATE_STATES.refused)
    await page.getByRole('alertdialog', { name: en.hiddenTitle, description: en.refused }).waitFor()
    await page.clock.runFor(SETTLED_MS)
    await page.keyboard.press('Escape')
    assert.equal(await callsOf(page), '')
    await page.getByRole('button', { name: en.reload }).click()
    assert.equal(await callsOf(page), 'leave')
  }))

  for (const [state, description, label] of [
    ['ended', '', en.signIn], ['otherUser', en.otherUser, en.reload]
  ] as const) {
    it(`has a notice and a way out a second after its end: ${state}`, () => onPage(async page => {
      await page.evaluate(`${STATES.warning}; ${LATE_STATES[state]}`)
      assert.equal(await dialogOf(page).count(), 0)
      assert.equal(await page.locator('h1').isVisible(), false)
      await page.clock.runFor(1200)
      await page.getByRole('alertdialog', { name: en.ended, ...(description === '' ? {} : { description }) }).waitFor()
      assert.equal(await page.title(), en.ended)
      assert.equal(await focusOf(page), label)
      await page.clock.runFor(SETTLED_MS)
      await page.keyboard.press('Enter')
      assert.equal(await callsOf(page), 'leave')
    }))
  }

  it('leaves the notice to the application, and shows all when the monitor stops', () => onPage(async page => {
    await page.evaluate(LATE_STATES.ended)
    await page.clock.runFor(3000)
    assert.equal(await dialogOf(page).count(), 0)
    assert.equal(await page.locator('h1').isVisible(), false)
    await page.evaluate('document.documentElement.removeAttribute("data-session-concealed")')
    await until(page, 'document.querySelector("h1").checkVisibility()')
  }, { options: '{ endNotice: false }' }))

  it('is hidden by the function alone, for a warning of one\'s own', () => onPage(async page => {
    await page.evaluate(`document.documentElement.append(Object.assign(document.createElement('p'), { id: 'own',
      textContent: 'Mine' })); own.setAttribute('data-session-warning', '')
      hidePage(true); hidePage(true)`)
    assert.deepEqual([await page.locator('h1').isVisible(), await page.locator('#own').isVisible()], [false, true])
    await page.evaluate('hidePage(false); hidePage(false)')
    assert.equal(await page.locator('h1').isVisible(), true)
  }))
})
