import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { en } from '../../src/client/locales/en.ts'
import { findsNothing } from './axe.ts'
import { DRAFT_KEY, formsOfSuite } from './forms-site.ts'
import type { Person } from './forms-site.ts'
import { page as html, until } from './test-site.ts'

const visit = (attributes = 'method="post" action="/sent"'): string => html('Visit', `
  <form id="visit" ${attributes}><label>Name <input name="name"></label><label>Notes <textarea
    name="notes"></textarea></label><button>Send</button></form>
  <a href="/sent">Away</a>`)

/** Asks again for a proof of identity in place of the form's answer. */
const CONFIRM = html(
  'Confirm',
  '<form method="post" action="/confirmed"><label>Code <input name="code"></label><button>Confirm</button></form>'
)

const PAGES = {
  '/visit': visit(),
  '/late': visit(),
  '/gone': html('Gone', '<p>The form is no more.</p>'),
  '/editor': html('Editor', '<button type="button">Type</button><div id="editor"></div>'),
  '/hidden': visit(),
  '/change': visit('method="post" action="/put-off"'),
  '/confirm': CONFIRM
}

/** Scripts of pages. One framework fills a field later; one editor keeps its text; one browser keeps nothing. */
const CODE = `
if (location.pathname === '/late') setTimeout(() => {
  document.querySelector('[name=notes]').value = 'From the server. ' }, 600)
if (location.pathname === '/gone') document.cookie.includes('form=yes') &&
  (document.querySelector('main').innerHTML += ${JSON.stringify('<form id="visit"><label>Notes <textarea ' +
    'name="notes"></textarea></label></form>')})
if (location.pathname === '/editor') {
  globalThis.text = ''
  globalThis.source = globalThis.guard.addEditor({ key: 'story', label: 'Story', read: () => globalThis.text,
    write: text => { globalThis.text = text } })
  document.querySelector('button').addEventListener('click', () => { globalThis.text += 'word ';
    globalThis.source.changed() })
}
`

describe('the life of a draft', { concurrency: 2 }, () => {
  const site = formsOfSuite({
    pages: PAGES,
    code: CODE,
    extend: async app => {
      app.post('/put-off', async (request, reply) => {
        const page = request.headers.cookie?.includes('bare') === true ? '/bare' : '/confirm'
        return await reply.redirect(`${page}?next=%2Fchange&reason=reauthenticate`, 303)
      })
      app.get(
        '/bare',
        async (_request, reply) => await reply.type('text/html')
          .send(CONFIRM.replace('<script type="module" src="/test.js"></script>', ''))
      )
      app.post('/confirmed', async (_request, reply) => await reply.redirect('/change', 303))
    }
  })

  const onPage = (test: (person: Person) => Promise<void>): Promise<void> => site.use(test)
  const type = (person: Person, text = 'Half an hour'): Promise<void> =>
    person.page.getByLabel('Notes').pressSequentially(text)
  const goAway = async ({ page }: Person): Promise<void> => {
    await page.getByRole('link', { name: 'Away' }).click()
    await page.waitForURL('/sent')
  }

  for (const storage of ['null', 'undefined', '{ get () { throw new Error() } }']) {
    it(`asks before it is lost where nothing can be kept: sessionStorage is ${storage}`, () => onPage(async person => {
      const descriptor = storage.startsWith('{') ? storage : `{ value: ${storage} }`
      await person.page.addInitScript(`Object.defineProperty(globalThis, 'sessionStorage', ${descriptor})`)
      await person.as('ada', 's1', '/visit')
      await type(person)
      await goAway(person)
      assert.deepEqual(person.asked, ['beforeunload'])
    }))
  }

  for (const missing of [
    'crypto', 'BroadcastChannel', 'navigation', 'reportError', 'ReportingObserver', 'performance.getEntriesByType'
  ]) {
    it(`works without ${missing}`, () => onPage(async person => {
      const [name = '', own] = missing.split('.')
      const owner = own === undefined ? 'globalThis' : name
      await person.page.addInitScript(`Object.defineProperty(${owner}, '${own ?? name}', { value: undefined })`)
      await person.as('ada', 's1', '/visit', { key: DRAFT_KEY })
      await type(person)
      await person.end()
      await person.as('ada', 's2', '/visit', { key: DRAFT_KEY })
      await person.restore()
      assert.equal(await person.page.getByLabel('Notes').inputValue(), 'Half an hour')
    }))
  }

  it('is not kept on a page for nobody, and dropped on another person\'s page', () => onPage(async person => {
    await person.as('ada', 's1', '/visit')
    await type(person)
    assert.match(await person.kept(), /Half an hour/)
    await person.end()
    await person.as(null, 'none', '/visit')
    await type(person, 'of nobody')
    assert.equal(await person.offered.count(), 0)
    assert.match(await person.kept(), /Half an hour/)
    assert.doesNotMatch(await person.kept(), /of nobody/)
    await goAway(person)
    assert.deepEqual(person.asked, ['beforeunload'])
    await person.as('eve', 's2', '/visit')
    await until(person.page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
    assert.equal(await person.offered.count(), 0)
  }))

  it('is not offered to another user who is there before the storage was read', () => onPage(async person => {
    const { page } = person
    await person.as('ada', 's1', '/visit', { key: DRAFT_KEY })
    await type(person)
    await person.end()
    await person.as(null, 's2', '/visit', { key: DRAFT_KEY })
    for (const act of [
      'guard.destroy()', 'begin({}); monitor.say({ user: "ada" }); setTimeout(() => monitor.say({ user: "eve" }))'
    ]) await page.evaluate(act)
    await until(page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
    await person.kept()
    assert.equal(await person.offered.count(), 0)
  }))

  it('is not offered in a duplicated tab when the other one has saved it', () => onPage(async person => {
    await person.as('ada', 's1', '/visit')
    await type(person)
    await person.kept()
    const copy = String(await person.page.evaluate('JSON.stringify({ ...sessionStorage })'))
    const duplicate = async (tag: string): Promise<number> => {
      const page = await person.page.context().newPage()
      await page.goto('/login')
      await page.evaluate(`Object.assign(sessionStorage, ${copy})`)
      await page.context().addCookies([{ name: 'tag', value: tag, url: person.origin }])
      await page.goto('/visit')
      await until(page, '"guard" in globalThis')
      if (tag === 's2') await until(page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
      const count = await page.locator('.session-security-draft').count()
      if (tag === 's2') await page.close()
      return count
    }
    assert.equal(await duplicate('s1'), 0)
    await person.page.getByRole('button', { name: 'Send' }).click()
    await person.page.waitForURL('/sent')
    await until(person.page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
    const [, other] = person.page.context().pages()
    if (other !== undefined) await until(other, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
    assert.equal(await duplicate('s2'), 0)
  }))

  it('waits for a value that a framework brings later', () => onPage(async person => {
    await person.as('ada', 's1', '/late')
    await until(person.page, 'document.querySelector("textarea").value !== ""')
    await person.page.getByLabel('Notes').press('End')
    await type(person)
    await person.end()
    await person.as('ada', 's2', '/late')
    await person.restore()
    await person.page.getByText(en.restored, { exact: true }).waitFor()
    assert.equal(await person.page.locator('form textarea').inputValue(), 'From the server. Half an hour')
    assert.deepEqual(await person.offered.getByRole('button').allInnerTexts(), [en.close])
  }))

  it('is shown where there is no form for it any more', () => onPage(async person => {
    await person.as('ada', 's1', '/gone', { form: 'yes' })
    await type(person)
    await person.end()
    await person.as('ada', 's2', '/gone')
    await person.restore()
    assert.equal(await person.offered.getByRole('textbox', { name: 'Notes' }).inputValue(), 'Half an hour')
    await findsNothing(person.page)
  }))

  it('holds the text of an editor that the page has named', () => onPage(async person => {
    await person.as('ada', 's1', '/editor')
    await person.page.getByRole('button', { name: 'Type' }).click()
    await until(person.page, 'Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
    await person.page.evaluate('globalThis.text += "more"')
    await person.end()
    await person.as('ada', 's2', '/editor')
    await person.restore()
    assert.equal(await person.page.evaluate('globalThis.text'), 'word more')
  }))

  it('counts as unsaved when the Back button brings it back', () => onPage(async person => {
    await person.as('ada', 's1', '/visit')
    await type(person)
    await person.page.evaluate('globalThis.monitor.tag = "s1"; document.forms[0].action = "/login"')
    await person.page.getByRole('button', { name: 'Send' }).click()
    await person.page.waitForURL('/login')
    await person.page.goBack()
    await person.ready()
    await until(
      person.page,
      'document.querySelector("textarea").value !== "" || document.querySelector(".session-security-draft") !== null'
    )
    assert.match(await person.kept(), / returned /)
  }))

  for (const [what, cookies] of [['carries the client', {}], ['does not carry the client', { bare: '1' }]] as const) {
    it(`is kept when the person has to prove first who they are, at a page that ${what}`, () => onPage(async person => {
      const { page } = person
      await person.as('ada', 's1', '/change', cookies)
      await type(person)
      await page.getByRole('button', { name: 'Send' }).click()
      await page.waitForURL(/reauthenticate/)
      await page.getByLabel('Code').pressSequentially('123456')
      await page.getByRole('button', { name: 'Confirm' }).click()
      await page.waitForURL('/change')
      await person.restore()
      assert.equal(await page.getByLabel('Notes').inputValue(), 'Half an hour')
      assert.doesNotMatch(await person.kept(), /123456/)
      assert.deepEqual(person.asked, [])
    }))
  }
})
