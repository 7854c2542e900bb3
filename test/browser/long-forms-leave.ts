import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formsOfSuite } from './forms-site.ts'
import type { Person } from './forms-site.ts'
import { page as html, until } from './test-site.ts'

const AWAY = '<a href="/sent">Away</a> <a href="tel:+4912345">Call</a> <a ' +
  'href="mailto:ward@example.org"><b>Write</b></a>'
const form = (attributes: string, more = ''): string =>
  `<form ${attributes}><label>Name <input name="name"></label><label>Ward <select
    name="ward"><option>A<option>B</select></label>${more}</form>${AWAY}`

const PAGES = {
  '/post': html(
    'Post',
    form('method="post" action="/sent"', '<button>Send</button><button type="button" id="script">By script</button>')
  ),
  '/filter': html('Filter', form('action="/filter"', '<button>Filter</button>')),
  '/select': html('Select', form('action="/sent" id="select"')),
  '/select-post': html('Select', form('action="/sent" method="post" id="select"')),
  '/jump': html('Jump', `<label>Page <select id="jump"><option>/jump<option>/sent</select></label>${AWAY}`),
  '/preview': html(
    'Preview', form('method="post" action="/sent"', '<button formtarget="_blank" formaction="/sent">Preview</button>')
  ),
  '/loose': html(
    'Loose', `<label>Filter <input name="filter"></label><label>Notes <textarea name="notes"></textarea></label>${AWAY}`
  )
}

const CODE = `
document.querySelector('#script')?.addEventListener('click', () => {
  HTMLFormElement.prototype.submit.call(document.forms[0]) })
document.querySelector('#select')?.addEventListener('change', event => {
  if (event.target.name === 'ward') document.forms[0].submit() })
document.querySelector('#jump')?.addEventListener('change', event => { location.assign(event.target.value) })
`

describe('the question whether to leave', { concurrency: 2 }, () => {
  const site = formsOfSuite({ pages: PAGES, code: CODE })

  const at = (path: string, test: (person: Person) => Promise<void>): Promise<void> => site.use(async person => {
    await person.as('ada', 's1', path)
    await test(person)
  })
  const typeName = (person: Person): Promise<void> => person.page.getByLabel('Name').pressSequentially('Ada')
  const goAway = async ({ page }: Person): Promise<void> => {
    await page.getByRole('link', { name: 'Away' }).click()
    await page.waitForURL('/sent')
  }

  it('is not asked for form.submit(), and the draft counts as sent', () => at('/post', async person => {
    await typeName(person)
    await person.page.getByRole('button', { name: 'By script' }).click()
    await person.page.waitForURL('/sent')
    await until(person.page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
    assert.deepEqual(person.asked, [])
    assert.equal(site.posted.at(-1)?.values.get('name'), 'Ada')
  }))

  for (const path of ['/select', '/select-post']) {
    it(`is not asked for a select that sends its form: ${path}`, () => at(path, async person => {
      await typeName(person)
      await person.page.getByLabel('Ward').press('B')
      await person.page.waitForURL(/\/sent/)
      assert.deepEqual(person.asked, [])
    }))
  }

  it('is not asked for a select that leads to another page', () => at('/jump', async person => {
    await person.page.getByLabel('Page').press('/')
    await person.page.waitForURL('/sent')
    assert.deepEqual(person.asked, [])
  }))

  it('is not asked for a filter, nor after it', () => at('/filter', async person => {
    await typeName(person)
    await person.page.keyboard.press('Enter')
    await person.page.waitForURL(/name=Ada/)
    await person.ready()
    assert.equal(await person.kept(), '')
    await goAway(person)
    assert.deepEqual(person.asked, [])
  }))

  it('is not asked after a preview in another tab, until more is typed', () => at('/preview', async person => {
    await typeName(person)
    const [preview] = await Promise.all([
      person.page.context().waitForEvent('page'), person.page.getByRole('button', { name: 'Preview' }).click()
    ])
    await preview.close()
    assert.match(await person.kept(), /Ada/)
    await goAway(person)
    assert.deepEqual(person.asked, [])
    assert.match(await person.kept(), /Ada/)
    await person.as('ada', 's1', '/preview')
    await typeName(person)
    await goAway(person)
    assert.deepEqual(person.asked, ['beforeunload'])
  }))

  it('is asked for a long text of no form, not for a filter of none', () => at('/loose', async person => {
    await person.page.getByLabel('Filter').pressSequentially('Ada')
    await goAway(person)
    assert.deepEqual(person.asked, [])
    await person.as('ada', 's1', '/loose')
    await person.page.getByLabel('Notes').pressSequentially('Ada')
    await goAway(person)
    assert.deepEqual(person.asked, ['beforeunload'])
  }))

  it('is not asked for a link to another program, and is asked for the next', () => at('/post', async person => {
    await typeName(person)
    for (const name of ['Call', 'Write']) {
      await person.page.getByRole('link', { name }).click({ noWaitAfter: true })
      // The browser asks, or not, before later events.
      await person.page.evaluate('new Promise(resolve => setTimeout(resolve, 200))')
      assert.deepEqual(person.asked, [], name)
    }
    await goAway(person)
    assert.deepEqual(person.asked, ['beforeunload'])
  }))

  it('is asked by Turbo\'s links', () => at('/post', async person => {
    await typeName(person)
    const visit = 'document.documentElement.dispatchEvent(new CustomEvent("turbo:before-visit", { bubbles: true, ' +
      'cancelable: true, detail: { url: "/" } }))'
    await person.page.evaluate(visit)
    assert.deepEqual(person.asked, ['confirm'])
    await person.page.evaluate('monitor.say({ state: "ended", reason: "idle" })')
    await person.page.evaluate(visit)
    assert.deepEqual(person.asked, ['confirm'])
  }))
})
