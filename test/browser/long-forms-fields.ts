import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formsOfSuite } from './forms-site.ts'
import type { Person } from './forms-site.ts'
import { page as html, until } from './test-site.ts'

/** Names that a form inherits. A field of such a name hides it. The browser lists them. */
const NAMES = '[...new Set([HTMLFormElement, HTMLElement, Element, Node, EventTarget, ' +
  'Object].flatMap(one => Object.getOwnPropertyNames(one.prototype)))]'
/** Names that a document inherits, and that a form of such a name hides. Playwright itself needs a few of them. */
const DOCUMENT_NAMES = 'Object.getOwnPropertyNames(Document.prototype)'

const PAGES = {
  '/clobbered': html(
    'Clobbered',
    '<form id="visit" method="post" action="/sent"><textarea name="notes"></textarea><div id="names"></div></form>'
  ),
  '/document': html(
    'Document',
    '<form id="visit" method="post" action="/sent"><textarea name="notes"></textarea></form><div id="forms"></div>'
  ),
  '/kinds': html('Kinds', `<form id="visit">
    <label>Range <input type="range" name="range"></label> <label>Colour <input type="color" name="colour"></label>
    <label>Ward <select name="ward"><option>A<option>B</select></label> <label>Number <input type="number"
      name="number"></label></form>
    <label>Loose <input id="loose"></label>
    <div contenteditable aria-label="Rich" role="textbox" id="rich"></div>
    <div contenteditable aria-label="Styled" role="textbox" id="styled"><p class="own">Own</p></div>
    <my-box></my-box><form id="outer"><my-field name="mine"></my-field></form>`),
  '/secret': html('Secret', `<form id="visit"><span id="place"><input type="password" name="word"
    aria-label="Word"></span>
    <button type="button" id="swap">Show</button><label>Open <input name="open"></label>
    <label>Passphrase <input name="passphrase"></label></form>`)
}

const CODE = `
const names = document.querySelector('#names')
if (names !== null) {
  for (const name of ${NAMES}) names.append(Object.assign(document.createElement('input'), { name }))
  document.querySelector('textarea').focus()
}
customElements.define('my-box', class extends HTMLElement {
  connectedCallback () {
    const root = this.attachShadow({ mode: 'open' })
    root.innerHTML = '<form id="inner"><label>Shadow <input name="shadow"></label></form>'
  }
})
customElements.define('my-field', class extends HTMLElement {
  static formAssociated = true
  connectedCallback () {
    this.internals = this.attachInternals()
    this.attachShadow({ mode: 'open' }).innerHTML = '<label>Mine <input></label>'
    this.input = this.shadowRoot.querySelector('input')
    this.input.addEventListener('input', () => this.internals.setFormValue(this.value))
  }
  get value () { return this.input.value }
  set value (value) { this.input.value = value; this.internals.setFormValue(value) }
})
document.querySelector('#swap')?.addEventListener('click', () => {
  const old = document.querySelector('[name=word]')
  const shown = Object.assign(document.createElement('input'), { name: 'word', value: old.value, ariaLabel: 'Word' })
  old.replaceWith(shown)
})
const forms = document.querySelector('#forms')
if (forms !== null) {
  document.querySelector('textarea').focus()
  for (const name of ${DOCUMENT_NAMES}) {
    const form = Document.prototype.createElement.call(document, 'form')
    form.setAttribute('name', name)
    forms.append(form)
  }
}
`

describe('fields in a browser', { concurrency: 2 }, () => {
  const site = formsOfSuite({ pages: PAGES, code: CODE })

  const onPage = (test: (person: Person) => Promise<void>): Promise<void> => site.use(test)
  const QUERY = 'Document.prototype.querySelector.call(document, '

  for (const path of ['/clobbered', '/document']) {
    it(`works although names of fields hide inherited members: ${path}`, () => onPage(async person => {
      const { page } = person
      await person.as('ada', 's1', path)
      await page.keyboard.type('Half an hour of work')
      assert.match(await person.kept(), /Half an hour/)
      await person.end()
      await person.as('ada', 's2', path)
      await until(page, `${QUERY}'.session-security-draft button') !== null`)
      await page.evaluate(`Element.prototype.scrollIntoView.call(${QUERY}'.session-security-draft'));
        HTMLElement.prototype.focus.call(${QUERY}'.session-security-draft button'))`)
      await page.keyboard.press('Enter')
      await until(page, `${QUERY}'textarea').value === 'Half an hour of work'`)
      await page.evaluate(`${QUERY}'textarea').focus()`)
      await page.keyboard.type('!')
      await page.evaluate(`Promise.resolve(HTMLFormElement.prototype.requestSubmit.call(${QUERY}'#visit')))`)
      await page.waitForURL('/sent')
      await until(page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
      assert.deepEqual(person.asked, [])
    }))
  }

  it('keeps fields of every kind, of no form, in shadow roots, and custom ones', () => onPage(async person => {
    const { page } = person
    await person.as('ada', 's1', '/kinds')
    await page.getByLabel('Range').press('ArrowRight')
    await page.getByLabel('Ward').press('B')
    await page.getByLabel('Number').pressSequentially('12')
    await page.getByLabel('Loose').pressSequentially('loose text')
    await page.getByLabel('Rich').pressSequentially('bold')
    await page.getByLabel('Rich').press('Enter')
    await page.getByLabel('Rich').pressSequentially('next line')
    await page.getByLabel('Styled').press('x')
    await page.getByLabel('Shadow').pressSequentially('in the shadow')
    await page.getByLabel('Mine').pressSequentially('of my own')
    const rich = await page.locator('#rich').innerHTML()
    assert.doesNotMatch(await person.kept(), /#000000/)
    await person.end()
    await person.as('ada', 's2', '/kinds')
    await until(
      page,
      '[...document.querySelectorAll(".session-security-draft"), ' +
      'document.querySelector("my-box").shadowRoot.querySelector(".session-security-draft")].length === 4'
    )
    await until(page, 'document.querySelector("my-box").shadowRoot.querySelector(".session-security-draft") !== null')
    for (let i = 0; i < 4; i++) await page.getByRole('button', { name: 'Restore entries' }).first().click()
    const shown = page.getByRole('textbox', { name: 'Styled' }).and(page.locator('textarea'))
    await shown.waitFor()
    assert.match(await shown.inputValue(), /Own/)
    assert.equal(await page.locator('#rich').innerHTML(), rich)
    const values = 'JSON.stringify(["[name=range]", "[name=ward]", "[name=number]", ' +
      '"#loose"].map(one => document.querySelector(one).value))'
    assert.equal(await page.evaluate(values), '["51","B","12","loose text"]')
    assert.equal(await page.getByLabel('Shadow').inputValue(), 'in the shadow')
    assert.equal(await page.getByLabel('Mine').inputValue(), 'of my own')
    assert.equal(await page.evaluate('new FormData(document.querySelector("#outer")).get("mine")'), 'of my own')
  }))

  it('never keeps a password that is shown in another field, nor one by its name', () => onPage(async person => {
    const { page } = person
    await person.as('ada', 's1', '/secret')
    await page.getByLabel('Word').pressSequentially('secret1')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByLabel('Word').pressSequentially('secret2')
    await page.getByLabel('Passphrase').pressSequentially('secret3')
    await page.getByLabel('Open').pressSequentially('open')
    const kept = await person.kept()
    assert.match(kept, /open/)
    assert.doesNotMatch(kept, /secret\d/)
  }))
})
