import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { findsNothing } from './axe.ts'
import { formsOfSuite } from './forms-site.ts'
import type { Person } from './forms-site.ts'
import type { PageOptions } from './test-site.ts'
import { page as html, until } from './test-site.ts'

const FIELDS = `
<p><label>Name <input name="name"></label> <label>Again <input name="name"></label></p>
<p><label>City <input name="city" value="London"></label></p>
<p><label>Notes <textarea name="notes"></textarea></label></p>
<p><label>Day <input type="date" name="day"></label></p>
<p><label>Ward <select name="ward"><option>A</option><option>B</option></select></label></p>
<p><label>Tests <select name="tests" multiple><option>X</option><option
  selected>Y</option><option>Z</option></select></label></p>
<p><label>News <input type="checkbox" name="news"></label> <label>Old <input type="checkbox" name="old"
  checked></label></p>
<p><label>Yes <input type="radio" name="sure" value="yes"></label> <label>No <input type="radio" name="sure" value="no"
  checked></label></p>
<p><button>Send</button> <button type="reset">Reset</button></p>`

const SECRETS = `
<p><label>Password <input type="password" name="password"></label> <button type="button" id="show">Show</button></p>
<p><label>Code <input name="code" autocomplete="one-time-code"></label></p>
<p><label>Card <input name="card" autocomplete="section-pay cc-number"></label></p>
<p><label>Off <input name="off" autocomplete="off"></label></p>
<p data-no-draft><label>Private <input name="private"></label></p>
<p><label>Open <input name="open"></label></p>
<input type="hidden" name="hidden" value="1">`

const PAGES = {
  '/form': html(
    'Form',
    `<form id="visit" method="post" action="/sent">${FIELDS}</form><p><label>Aside <input name="aside"
      form="visit"></label></p><a href="/sent">Away</a>`
  ),
  '/secrets': html(
    'Secrets',
    `<form method="post" action="/sent">${SECRETS}</form><form autocomplete="off"><label>Other <input
      name="other"></label></form>`
  ),
  '/two': html(
    'Two',
    '<form action="/sent"><label>One <input name="text"></label></form><form action="/sent"><label>Two <input ' +
    'name="text"></label></form><form role="search"><label>Search <input name="q"></label></form><a ' +
    'href="/sent">Away</a>'
  ),
  '/own': html('Own', `<form id="visit">${FIELDS}</form><a href="/sent">Away</a>`),
  '/exit': html(
    'Exit',
    '<form id="visit"><label>Name <input name="name"></label></form><form action="/login" ' +
    'data-session-sign-out><button>Leave by form</button></form><a href="/login" data-session-sign-out>Leave by ' +
    'link</a>'
  ),
  '/empty': html('Empty', '<div id="here"></div>'),
  '/sent': html('Sent', ''),
  '/login': html('Sign in', '')
}

const CODE = `
if (location.pathname === '/own') document.forms[0].addEventListener('submit', event => event.preventDefault())
`

const KEPT = 'Object.keys(sessionStorage).some(key => key.includes(":draft:"))'
const KEPT_TEXT = 'Object.values(sessionStorage).join()'

describe('forms in a browser', { concurrency: 2 }, () => {
  const site = formsOfSuite({ pages: PAGES, code: CODE })

  const people = new WeakMap<Page, Person>()
  const onPage = (
    test: (page: Page) => Promise<void>, options: PageOptions = {}
  ): Promise<void> => site.use(async person => {
    people.set(person.page, person)
    await test(person.page)
  }, options)

  function at (page: Page): Person {
    const person = people.get(page)
    if (person === undefined) throw new Error('nobody is there')
    return person
  }

  const as = (page: Page, user: string | null, tag: string, path: string): Promise<void> => at(page).as(user, tag, path)
  const end = (page: Page, reason = 'idle'): Promise<void> => at(page).end(reason)
  const offer = (page: Page): Locator => page.getByRole('region', { name: en.draft })
  const offered = (page: Page): Locator => at(page).offered
  const restore = (page: Page): Promise<void> => at(page).restore()
  const questions = (page: Page): string[] => at(page).asked

  async function fillIn (page: Page): Promise<void> {
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('Again').fill('Lovelace')
    await page.getByLabel('Notes').fill('A long story,\nin two lines.')
    await page.getByLabel('Day').pressSequentially('09011843')
    await page.getByLabel('Ward').press('B')
    await page.getByLabel('Tests').locator('option').nth(0).click()
    await page.getByLabel('Tests').locator('option').nth(2).click({ modifiers: ['ControlOrMeta'] })
    await page.getByLabel('News').check()
    await page.getByLabel('Old').uncheck()
    await page.getByLabel('Yes').check()
    await page.getByLabel('Aside').fill('beside it')
  }

  const contents = 'JSON.stringify([...new FormData(document.forms[0])])'

  it('brings everything back after a timeout, and the page\'s scripts hear of it', () => onPage(async page => {
    await as(page, 'ada', 's1', '/form')
    await fillIn(page)
    const typed = await page.evaluate(contents)
    await end(page)
    await as(page, 'ada', 's2', '/form')
    assert.notEqual(await page.evaluate(contents), typed)
    await offer(page).waitFor()
    assert.equal(await page.evaluate('document.activeElement === document.body'), true, 'takes no focus')
    await findsNothing(page)
    await restore(page)
    assert.equal(await page.evaluate(contents), typed)
    const heard = await page.evaluate('heard') as string[]
    for (const name of ['name', 'notes', 'day', 'ward', 'tests', 'news', 'old', 'sure', 'aside']) {
      for (const type of ['input', 'change']) assert.ok(heard.includes(`${type} ${name}`), `${type} ${name}`)
    }
    assert.ok(!heard.some(what => what.endsWith(' city')), 'what was not changed is left alone')
    const told = page.getByRole('status').filter({ hasText: en.restored })
    assert.equal(await told.evaluate(element => element === element.ownerDocument.activeElement), true)
    await findsNothing(page)
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.textContent'), en.close)
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.name'), 'name')
    await page.mouse.move(0, 0)
    await page.keyboard.type('x')
    await offered(page).waitFor({ state: 'detached' })
  }))

  it('is used by keyboard, and can be declined for good', () => onPage(async page => {
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await end(page)
    await as(page, 'ada', 's2', '/form')
    await offer(page).waitFor()
    for (const name of ['Restore entries', 'Discard']) {
      await page.keyboard.press('Tab')
      assert.equal(await page.evaluate('document.activeElement.textContent'), name)
    }
    await page.keyboard.press('Enter')
    await page.getByText(en.discardSure).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText(en.discarded).waitFor()
    assert.equal(await page.getByLabel('Name').inputValue(), '')
    assert.equal(await page.evaluate(KEPT), false)
  }))

  it('offers nothing to another person, and leaves nothing for the first', () => onPage(async page => {
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await end(page)
    assert.equal(await page.evaluate(KEPT), true)
    await as(page, 'eve', 's2', '/form')
    assert.equal(await page.evaluate(KEPT), false)
    assert.equal(await offered(page).count(), 0)
    await as(page, 'ada', 's3', '/form')
    assert.equal(await offered(page).count(), 0)
  }))

  it('keeps nothing where the page does not say who is signed in', () => onPage(async page => {
    await as(page, null, 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await end(page)
    assert.equal(await page.evaluate(KEPT), false)
  }))

  it('offers nothing within one session', () => onPage(async page => {
    questions(page)
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await until(page, KEPT)
    await page.reload()
    await until(page, '"guard" in globalThis')
    assert.equal(await offered(page).count(), 0)
    assert.equal(await page.evaluate(KEPT), true)
  }))

  it('waits for the answer that names the session, and asks for it', () => onPage(async page => {
    for (const [next, offers] of [['s1', 0], ['s2', 1]] as const) {
      await as(page, 'ada', 's1', '/form')
      await page.getByLabel('Name').fill('Ada')
      await end(page)
      await page.context().clearCookies({ name: 'tag' })
      await page.context().addCookies([{ name: 'next', value: next, url: site.origin }])
      await page.goto('/form')
      await until(page, `monitor.calls.join() === 'check' && monitor.tag === '${next}'`)
      assert.equal(await offered(page).count(), offers)
    }
  }))

  it('keeps the last letters, whether the session ends or the page is left', () => onPage(async page => {
    questions(page)
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').pressSequentially('Ada')
    assert.match(String(await page.evaluate(`monitor.say({ state: 'ended', reason: 'idle' }); ${KEPT_TEXT}`)), /Ada/)
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').pressSequentially('Grace')
    await page.evaluate('location.assign("/sent")')
    await page.waitForURL('/sent')
    await page.goto('/login')
    assert.match(String(await page.evaluate(KEPT_TEXT)), /Grace/)
  }))

  it('keeps nothing of what scripts fill in', () => onPage(async page => {
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').press('Shift')
    await page.evaluate(
      '{ const [field] = document.getElementsByName("name"); field.value = "Ada"; ' +
      'field.dispatchEvent(new Event("input", { bubbles: true })) }'
    )
    await at(page).kept()
    assert.equal(await page.evaluate(KEPT), false)
    await page.getByRole('link', { name: 'Away' }).click()
    await page.waitForURL('/sent')
    assert.deepEqual(questions(page), [])
  }))

  it('never keeps a password, a code, a card, a file, or what the page does not want kept', () => onPage(async page => {
    await as(page, 'ada', 's1', '/secrets')
    for (const label of ['Password', 'Code', 'Card', 'Off', 'Private', 'Other', 'Open']) {
      await page.getByLabel(label).fill(`secret ${label}`)
    }
    await page.evaluate('document.querySelector("[name=hidden]").value = "secret hidden"')
    await page.evaluate(
      'document.querySelector("#show").addEventListener("click", () => { ' +
      'document.querySelector("[name=password]").type = "text" })'
    )
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByLabel('Password').pressSequentially('!')
    await end(page)
    const kept = String(await page.evaluate(KEPT_TEXT))
    assert.deepEqual(kept.match(/secret \w+/g), ['secret Open'])
    assert.doesNotMatch(kept, /ada/i, 'nor who typed it')
  }))

  it('restores nothing into a field that has become a secret meanwhile', () => onPage(async page => {
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await end(page)
    await as(page, 'ada', 's2', '/form')
    await offer(page).waitFor()
    await page.evaluate('document.querySelector("[name=name]").autocomplete = "cc-name"')
    await restore(page)
    assert.equal(await page.locator('[name=name]').first().inputValue(), '')
  }))

  it('drops the draft when the form is sent, but not when its session was over', () => onPage(async page => {
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.waitForURL('/sent')
    await until(page, '!' + `(${KEPT})`)
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await page.context().clearCookies() // the server does not know this session any more
    await page.getByRole('button', { name: 'Send' }).click()
    await page.waitForURL('/sent')
    await as(page, 'ada', 's2', '/form')
    await restore(page)
    assert.equal(await page.getByLabel('Name').inputValue(), 'Ada')
  }))

  it('drops the draft when the page confirms a save, in each way, and at a reset', () => onPage(async page => {
    await as(page, 'ada', 's1', '/own')
    const ways = [
      'guard.saved(document.forms[0])',
      'guard.saved()',
      'document.forms[0].dataset.sessionSaved = ""',
      'document.forms[0].dataset.sessionSaved = ""',
      'document.forms[0].dispatchEvent(new CustomEvent("session-saved", { bubbles: true }))',
      'document.forms[0].reset()'
    ]
    for (const way of ways) {
      await page.getByLabel('Name').pressSequentially('Ada')
      await page.getByRole('button', { name: 'Send' }).click()
      await at(page).kept()
      assert.equal(await page.evaluate(KEPT), true, way)
      await page.evaluate(way)
      await until(page, '!' + `(${KEPT})`)
    }
    await page.getByRole('link', { name: 'Away' }).click()
    await page.waitForURL('/sent')
    assert.deepEqual(questions(page), [])
  }))

  it('keeps what was typed after the form was sent', () => onPage(async page => {
    await as(page, 'ada', 's1', '/own')
    await page.getByLabel('Name').pressSequentially('Ada')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByLabel('Again').pressSequentially('Byron')
    await page.evaluate('guard.saved(document.forms[0])')
    assert.doesNotMatch(await at(page).kept(), /Ada/)
    assert.match(await at(page).kept(), /Byron/)
  }))

  it('drops it at a sign-out that is confirmed, and at no other', () => onPage(async page => {
    const ways: Array<readonly [isConfirmed: boolean, leave: () => Promise<unknown>]> = [
      [true, () => page.evaluate('monitor.signOut()')],
      [true, () => end(page, 'logout')],
      [false, () => page.getByRole('button', { name: 'Leave by form' }).click()],
      [false, () => page.getByRole('link', { name: 'Leave by link' }).click()]
    ]
    for (const [i, [isConfirmed, leave]] of ways.entries()) {
      await as(page, 'ada', `s${i}`, '/exit')
      await page.getByLabel('Name').fill('Ada')
      await until(page, KEPT)
      await leave()
      await page.goto('/login')
      assert.equal(await page.evaluate(KEPT), !isConfirmed, String(leave))
    }
    assert.deepEqual(questions(page), [])
  }))

  it('keeps an offer that was not answered, under what is typed meanwhile', () => onPage(async page => {
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await page.getByLabel('Notes').fill('old')
    await end(page)
    await as(page, 'ada', 's2', '/form')
    await offer(page).waitFor()
    await page.getByLabel('Notes').fill('new')
    await until(page, KEPT_TEXT + '.includes("new")')
    await end(page)
    await as(page, 'ada', 's3', '/form')
    await offer(page).waitFor()
    await page.getByLabel('Name').fill('Augusta')
    await page.getByLabel('Again').fill('Byron')
    await restore(page)
    assert.equal(
      await page.evaluate(
        'JSON.stringify(["name", "notes"].flatMap(name => [...document.getElementsByName(name)].map(field => ' +
        'field.value)))'
      ),
      '["Augusta","Byron","new"]'
    )
  }))

  it('distinguishes forms of one page, and keeps nothing of a search', () => onPage(async page => {
    await as(page, 'ada', 's1', '/two')
    await page.getByLabel('Two').fill('second')
    await page.getByLabel('Search').fill('query')
    await end(page)
    assert.equal(await page.evaluate('sessionStorage.length'), 1)
    await as(page, 'ada', 's2', '/two')
    await restore(page)
    assert.deepEqual(
      [await page.getByLabel('One').inputValue(), await page.getByLabel('Two').inputValue()], ['', 'second']
    )
  }))

  it('offers to forms, and restores fields, that scripts add later', () => onPage(async page => {
    const addForm = 'document.querySelector("#here").innerHTML = `<form id="late"><label>More <input ' +
      'type="checkbox" name="more"></label><button>Send</button></form>`'
    const addField = 'document.forms[0].insertAdjacentHTML("beforeend", `<label>Detail <input name="detail"></label>`)'
    await as(page, 'ada', 's1', '/empty')
    await page.evaluate(`${addForm}; ${addField}`)
    await page.getByLabel('More').check()
    await page.getByLabel('Detail').fill('everything')
    await end(page)
    await as(page, 'ada', 's2', '/empty')
    await page.evaluate(addForm)
    await restore(page)
    assert.equal(await page.getByLabel('More').isChecked(), true)
    await page.evaluate(addField)
    await until(page, 'document.querySelector("[name=detail]").value === "everything"')
  }))

  it('asks before unsaved changes are left, and only then', () => onPage(async page => {
    const asked = questions(page)
    const leave = async (act: () => Promise<unknown>, expected: number, path = '/form'): Promise<void> => {
      await as(page, 'ada', 's1', path)
      asked.length = 0
      await act()
      await page.getByRole('link', { name: 'Away' }).click()
      await page.waitForURL('/sent')
      assert.equal(asked.length, expected, String(act))
    }
    const name = page.getByLabel('Name')
    await leave(() => name.click(), 0)
    await leave(() => name.pressSequentially('Ada'), 1)
    await leave(() => page.getByLabel('News').check(), 1)
    await leave(async () => { await name.pressSequentially('A'); await name.press('Backspace') }, 0)
    await leave(async () => {
      await name.pressSequentially('A')
      await page.getByRole('button', { name: 'Reset' }).click()
    }, 0)
    await leave(
      async () => { await name.pressSequentially('A'); await page.getByRole('button', { name: 'Send' }).click() }, 1,
      '/own'
    )
    await leave(async () => {
      await name.pressSequentially('A')
      await page.getByRole('button', { name: 'Send' }).click()
      await name.fill('')
    }, 1, '/own')
    await leave(async () => {
      await name.pressSequentially('A')
      await page.evaluate('monitor.say({ state: "ended", reason: "idle" })')
    }, 0)
    await leave(async () => { await name.pressSequentially('A'); await page.evaluate('guard.destroy()') }, 0)
    await leave(() => page.getByLabel('Search').pressSequentially('A'), 0, '/two')
  }))

  it('does not ask when the form is sent', () => onPage(async page => {
    const asked = questions(page)
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').pressSequentially('Ada')
    await page.keyboard.press('Enter')
    await page.waitForURL('/sent')
    assert.deepEqual(asked, [])
  }))

  it('asks again when a sign-out has failed and the person types on', () => onPage(async page => {
    const asked = questions(page)
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').pressSequentially('Ada')
    await page.evaluate('monitor.onSignOut = () => Promise.reject(new Error()); monitor.signOut().catch(() => {})')
    await page.getByLabel('Name').pressSequentially('Ada')
    await page.getByRole('link', { name: 'Away' }).click()
    await page.waitForURL('/sent')
    assert.deepEqual(asked, ['beforeunload'])
  }))

  it('leaves no listener and no offer behind', () => onPage(async page => {
    await as(page, 'ada', 's1', '/form')
    await page.getByLabel('Name').fill('Ada')
    await end(page)
    await as(page, 'ada', 's2', '/form')
    await offer(page).waitFor()
    await page.evaluate('guard.destroy()')
    assert.equal(await offered(page).count(), 0)
    assert.equal(await page.evaluate('monitor.listeners'), 0)
  }))

  for (const options of [
    { viewport: { width: 320, height: 568 } }, { colorScheme: 'dark' }, { forcedColors: 'active' }
  ] as const) {
    it(`gives axe nothing to find: ${JSON.stringify(options)}`, () => onPage(async page => {
      await as(page, 'ada', 's1', '/form')
      await page.getByLabel('Name').fill('Ada')
      await end(page)
      await as(page, 'ada', 's2', '/form')
      await offer(page).waitFor()
      await page.getByText(en.draft).waitFor()
      await findsNothing(page)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
    }, options))
  }
})
