import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Locator } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { DRAFT_KEY, formsOfSuite } from './forms-site.ts'
import type { Person } from './forms-site.ts'
import { page as html, until } from './test-site.ts'

const visit = (notes = '', extra = '', more = ''): string => html('Visit', `
  <form id="visit" method="post" action="/save"><label>Name <input name="name"></label>
  <label>Notes <textarea name="notes">${notes}</textarea></label>${extra}<button>Send</button></form><a
    href="/sent">Away</a>${more}`)

const marks = (rows: readonly string[]): string => html('Marks', `<form id="marks" method="post" action="/save"><table>
  ${rows.map(row => `<tr>${row}<td><input name="mark" aria-label="Mark"></td></tr>`).join('')}</table></form>`)

const PAGES = {
  '/visit': visit(),
  '/record': html(
    'Record', '<form id="visit"><p id="title"></p><label>Notes <textarea name="notes"></textarea></label></form>'
  )
}

const ROWS = {
  plain: ['', ''],
  headed: ['<th>Ada</th>', '<th>Ben</th>'],
  celled: ['<td>Ada</td>', '<td>Ben</td>'],
  hidden: [
    '<td><input type="hidden" name="pupil[0][id]" value="17"></td>',
    '<td><input type="hidden" name="pupil[1][id]" value="18"></td>'
  ]
}

/** Scripts of pages. One check refuses the form, one page names a record in the hash, one form comes later. */
const CODE = `
const later = document.querySelector('#later')
if (later !== null) setTimeout(() => { later.innerHTML = later.dataset.form }, 300)
document.querySelector('#check')?.addEventListener('click', () => document.forms[0].addEventListener('submit', event =>
  event.preventDefault()))
`

describe('drafts in a browser', { concurrency: 2 }, () => {
  const site = formsOfSuite({
    pages: PAGES,
    code: CODE,
    extend: async (app, posted) => {
      const last = (name: string, path: string): string =>
        posted.findLast(({ url }) => url === path)?.values.get(name) ?? ''
      const send = { html: 'text/html' }
      app.post('/save', async (_request, reply) => await reply.redirect('/sent'))
      app.get(
        '/checked',
        async (_request, reply) => reply.type(send.html)
          .send(visit('', '<button type="button" id="check">Check</button>'))
      )
      // The form's own route answers 422 with the values in it, at another address.
      app.get('/edit', async (_request, reply) => reply.type(send.html).send(visit().replace('/save', '/edit-save')))
      app.post(
        '/edit-save',
        async (_request, reply) => reply.code(422).type(send.html)
          .send(visit(last('notes', '/edit-save')).replace('/save', '/edit-save'))
      )
      // Django answers with 200.
      app.get('/same', async (_request, reply) => reply.type(send.html).send(visit().replace('/save', '/same')))
      app.post(
        '/same',
        async (_request, reply) => reply.type(send.html).send(visit(last('notes', '/same')).replace('/save', '/same'))
      )
      // The route saves, and redirects to the form, which shows the saved values, or is empty again.
      app.get(
        '/saved',
        async (request, reply) => reply.type(send.html).send(visit('show' in Object(request.query)
          ? last('notes', request.url)
          : '').replace('/save', request.url))
      )
      app.post('/saved', async (request, reply) => await reply.redirect(request.url))
      // The answer has no client: the message of a server, a proxy or a browser.
      app.get('/bare', async (_request, reply) => reply.type(send.html).send(visit().replace('/save', '/bare')))
      app.post('/bare', async (_request, reply) => reply.code(503).send({ error: 'Service Unavailable' }))
      // The route is busy at first. A reload of its answer sends the form once more.
      app.get('/busy', async (_request, reply) => reply.type(send.html).send(visit().replace('/save', '/busy')))
      app.post('/busy', async (_request, reply) => posted.filter(({ url }) => url === '/busy').length === 1
        ? reply.code(503).send({ error: 'Service Unavailable' })
        : await reply.redirect('/sent', 303))
      // The route fails.
      app.get('/broken', async (_request, reply) => reply.type(send.html).send(visit().replace('/save', '/broken')))
      app.post('/broken', async (_request, reply) => reply.code(500).type(send.html).send(html('Failed', '')))
      app.get<{ Querystring: { rows: keyof typeof ROWS } }>('/marks', async ({ query, headers }, reply) => {
        const rows = ROWS[query.rows].slice(headers.cookie?.includes('less=yes') === true ? 1 : 0)
        return reply.type(send.html).send(marks(rows))
      })
      app.route<{ Body: unknown }>({
        method: ['GET', 'POST'],
        url: '/by-script',
        handler: async (request, reply) => {
          const isBack = request.method === 'POST'
          const [invalid, text] = isBack ? ['aria-invalid="true"', 'Half an hour of work'] : ['', '']
          const notes = `<textarea name="notes" ${invalid}>${text}</textarea>`
          const form = `<form method="post" id="visit"><label>Notes ${notes}</label><button>Send</button></form>`
          return await reply.type(send.html).send(html(
            'By script', `<div id="later" data-form="${form.replaceAll('"', '&quot;')}"></div>`
          ))
        }
      })
      app.get('/locked', async (request, reply) => {
        const { now = '' } = Object(request.query)
        return reply.type(send.html).send(visit(now === 'newer'
          ? 'by a colleague'
          : '').replace('<textarea', `<textarea ${now}`))
      })
    }
  })

  const onPage = (test: (person: Person) => Promise<void>, expected?: RegExp): Promise<void> =>
    site.use(test, {}, expected)
  const notes = (person: Person): Promise<string> => person.page.locator('main form textarea').inputValue()

  async function type (person: Person, path: string, text = 'Half an hour of work', cookies = {}): Promise<void> {
    await person.as('ada', 's1', path, cookies)
    await person.page.getByLabel('Notes').pressSequentially(text)
  }

  it('keeps what the page\'s own check did not let through, and asks before it is left', () => onPage(async person => {
    await type(person, '/checked')
    await person.page.getByRole('button', { name: 'Check' }).click()
    await person.page.getByRole('button', { name: 'Send' }).click()
    assert.match(await person.kept(), /Half an hour/)
    await person.page.getByRole('link', { name: 'Away' }).click()
    await person.page.waitForURL('/sent')
    assert.deepEqual(person.asked, ['beforeunload'])
    await person.as('ada', 's2', '/checked')
    await person.restore()
    assert.equal(await notes(person), 'Half an hour of work')
  }))

  for (const path of ['/edit', '/same']) {
    it(`takes a form up again that came back filled in: ${path}`, () => onPage(async person => {
      await type(person, path)
      await person.page.getByRole('button', { name: 'Send' }).click()
      await until(person.page, 'performance.getEntriesByType("navigation").length === 1 && "guard" in globalThis')
      await person.page.getByLabel('Name').press('x')
      assert.equal(await person.page.evaluate('document.querySelectorAll(".session-security-draft").length'), 0)
      await person.end()
      await person.as('ada', 's2', path)
      await person.restore()
      assert.equal(await notes(person), 'Half an hour of work')
      assert.equal(await person.page.getByLabel('Name').inputValue(), 'x')
    }, /422/))
  }

  it('takes a form up again that a script brings back, with what is wrong in it', () => onPage(async person => {
    await person.as('ada', 's1', '/by-script')
    await person.page.getByLabel('Notes').pressSequentially('Half an hour of work')
    await person.page.getByRole('button', { name: 'Send' }).click()
    await person.page.locator('[aria-invalid=true]').waitFor()
    await person.page.getByLabel('Notes').press('!')
    await person.end()
    await person.as('ada', 's2', '/by-script')
    await person.restore()
    assert.equal(await notes(person), '!Half an hour of work')
  }))

  it('keeps what was sent to a server that failed', () => onPage(async person => {
    await type(person, '/broken')
    await person.page.context().addCookies([{ name: 'method', value: 'GET', url: person.origin }])
    await person.page.getByRole('button', { name: 'Send' }).click()
    await person.page.getByText('Failed').waitFor() // the client may not have looked at the page yet
    await person.page.goto('/broken')
    assert.match(await (await person.offer()).innerText(), new RegExp(en.kept))
    await person.restore()
    assert.equal(await notes(person), 'Half an hour of work')
  }, /500/))

  it('keeps what was sent when a page without the client followed, and asks nobody at another address', () =>
    onPage(async person => {
      await type(person, '/bare')
      await person.page.getByRole('button', { name: 'Send' }).click()
      await person.page.getByText('Service Unavailable').waitFor()
      await person.page.goto('/record')
      await person.ready()
      assert.equal(await person.offered.count(), 0)
      await person.page.goto('/bare')
      assert.match(await (await person.offer()).innerText(), new RegExp(en.kept))
      await person.restore()
      assert.equal(await notes(person), 'Half an hour of work')
    }, /503/))

  it('is gone when the page of an error was loaded again, and the form was saved by that', () => onPage(
    async person => {
      const { page } = person
      await type(person, '/busy')
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByText('Service Unavailable').waitFor()
      await page.reload()
      await page.waitForURL('/sent')
      await until(page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
      await person.as('ada', 's2', '/busy')
      assert.equal(await person.offered.count(), 0)
    }, /503/
  ))

  for (const path of ['/saved', '/saved?show']) {
    it(`has nothing to say of a form that was saved and shown again: ${path}`, () => onPage(async person => {
      await type(person, path)
      await person.page.getByRole('button', { name: 'Send' }).click()
      await person.page.waitForURL(path)
      await person.ready()
      await person.kept()
      assert.equal(await person.offered.count(), 0)
      for (const tag of ['s1', 's2']) {
        await person.as('ada', tag, path)
        await until(
          person.page,
          'Object.keys(sessionStorage).filter(key => key.includes(":draft:")).length === 0 || monitor.tag === "s1"'
        )
        assert.equal(await person.offered.count(), 0)
      }
      assert.deepEqual(person.asked, [])
    }))
  }

  it('gives a mark to the right row, or says that it could not', () => onPage(async person => {
    for (const rows of Object.keys(ROWS)) {
      await person.as('ada', 's1', `/marks?rows=${rows}`)
      await person.page.getByLabel('Mark').nth(1).pressSequentially('7')
      await person.end()
      await person.as('ada', 's2', `/marks?rows=${rows}`, { less: 'yes' })
      await person.restore()
      const isKnown = rows !== 'plain'
      assert.equal(await person.page.locator('[name=mark]').inputValue(), isKnown ? '7' : '')
      if (!isKnown) assert.equal(await person.offered.getByRole('textbox').inputValue(), '7')
      await person.kept()
    }
  }))

  for (const now of ['readonly', 'disabled', 'newer', 'hidden name="other"']) {
    it(`writes no text into a wrong field, and keeps it until it is discarded: ${now}`, () => onPage(async person => {
      await person.as('ada', 's1', '/locked')
      await person.page.evaluate(`history.replaceState(null, '', '/locked?now=${encodeURIComponent(now)}')`)
      await person.page.getByLabel('Notes').pressSequentially('Half an hour')
      await person.page.getByLabel('Name').pressSequentially('Ada')
      await person.end()
      for (const tag of ['s2', 's3']) {
        await person.as('ada', tag, `/locked?now=${encodeURIComponent(now)}`)
        await person.restore()
        assert.equal(await notes(person), now === 'newer' ? 'by a colleague' : '')
        assert.equal(await person.page.getByLabel('Name').inputValue(), 'Ada')
        assert.equal(await person.page.getByText(en.restored, { exact: true }).count(), 0)
        assert.equal(await person.offered.getByRole('textbox', { name: 'Notes' }).inputValue(), 'Half an hour')
        await person.end()
      }
      await person.as('ada', 's4', `/locked?now=${encodeURIComponent(now)}`)
      await person.restore()
      for (let i = 0; i < 2; i++) await person.offered.getByRole('button', { name: en.discard }).click()
      await person.page.getByText(en.discarded).waitFor()
      await person.page.getByLabel('Name').fill('')
      assert.doesNotMatch(await person.kept(), /Half an hour/)
    }))
  }

  it('offers what was typed at one hash there, and nowhere else', () => onPage(async person => {
    await type(person, '/record#/invoice/1')
    await person.end()
    await person.as('ada', 's2', '/record#/invoice/2')
    await person.page.getByLabel('Notes').click()
    await person.kept()
    assert.equal(await person.offered.count(), 0)
    await person.page.evaluate('location.hash = "#/invoice/1"')
    await person.offer()
    await person.page.evaluate(
      'history.pushState(null, "", "#/invoice/2"); document.querySelector("#title").textContent = "Invoice 2"'
    )
    await person.offered.waitFor({ state: 'detached' })
    await person.page.evaluate('history.back()')
    await person.restore()
    assert.equal(await notes(person), 'Half an hour of work')
  }))

  it('offers all that was typed before and after a reload', () => onPage(async person => {
    await type(person, '/visit')
    await person.page.getByLabel('Name').pressSequentially('Ada')
    await person.page.reload()
    await person.ready()
    await person.kept()
    assert.equal(await person.offered.count(), 0)
    await person.page.getByLabel('Name').pressSequentially('x')
    await person.end()
    await person.as('ada', 's2', '/visit')
    await person.restore()
    assert.equal(await notes(person), 'Half an hour of work')
    assert.match(await person.page.locator('[name=name]').inputValue(), /x$/)
  }))

  it('loses no earlier text when another one is typed into its empty field', () => onPage(async person => {
    await type(person, '/visit')
    await person.kept()
    await person.page.evaluate('location.replace("/sent")')
    await person.page.waitForURL('/sent')
    await person.page.goto('/visit')
    await person.ready()
    await person.kept()
    await person.page.getByLabel('Notes').pressSequentially('new')
    await person.end()
    await person.as('ada', 's2', '/visit')
    await person.restore()
    assert.equal(await notes(person), 'new')
    assert.equal(await person.offered.getByRole('textbox').inputValue(), 'Half an hour of work')
  }))

  it('keeps a text of 70,000 characters, and what fits of one that does not', () => onPage(async person => {
    await person.as('ada', 's1', '/visit')
    const paste = async (text: string): Promise<void> => {
      await person.page.getByLabel('Notes').focus()
      await person.page.keyboard.insertText(text)
    }
    await paste('a'.repeat(70_000))
    await until(person.page, 'Object.values(sessionStorage).join().includes("a".repeat(70000))')
    await person.page.evaluate(
      'for (let size = 2 ** 22; size > 100; size /= 2) { try { sessionStorage.setItem("full" + size, ' +
      '"x".repeat(size)) } catch {} }'
    )
    await paste('b'.repeat(5000))
    await person.page.getByText(en.tooLong).waitFor()
    assert.match(await person.kept(), /a{70000}/)
    await person.page.evaluate(
      'for (const key of Object.keys(sessionStorage)) if (key.startsWith("full")) sessionStorage.removeItem(key)'
    )
    await paste('c')
    await person.page.getByText(en.tooLong).waitFor({ state: 'detached' })
    await person.end()
    await person.as('ada', 's2', '/visit')
    await person.restore()
    assert.equal((await notes(person)).length, 75_001)
  }))

  it('stands still under a press: Restore, then Send', () => onPage(async person => {
    await type(person, '/visit')
    await person.end()
    await person.as('ada', 's2', '/visit')
    await person.restore()
    const { page } = person
    const box = await page.getByRole('button', { name: 'Send' }).boundingBox()
    assert.ok(box !== null)
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 12 })
    await page.mouse.down()
    await page.waitForTimeout(90)
    await page.mouse.up()
    await page.waitForURL('/sent')
    assert.equal(site.posted.at(-1)?.values.get('notes'), 'Half an hour of work')
  }))

  it('asks before it discards, and a double click is no answer to that', () => onPage(async person => {
    await type(person, '/visit')
    await person.end()
    await person.as('ada', 's2', '/visit')
    const height = (await (await person.offer()).boundingBox())?.height ?? 0
    await person.offered.getByRole('button', { name: en.discard }).dblclick()
    await person.page.getByText(en.discardSure).waitFor()
    assert.ok(((await person.offered.boundingBox())?.height ?? 0) >= height)
    await person.offered.getByRole('button', { name: en.keep }).click()
    await person.restore()
    assert.equal(await notes(person), 'Half an hour of work')
  }))

  it('asks a person who presses "Discard" in the moment in which it comes', () => onPage(async person => {
    const { page } = person
    await type(person, '/visit')
    await person.end()
    await page.addInitScript(`new MutationObserver((_records, observer) => {
      const button = [...document.querySelectorAll('.session-security-draft button')].at(-1)
      if (button === undefined) return
      observer.disconnect()
      button.click()
    }).observe(document, { childList: true, subtree: true })`)
    await person.as('ada', 's2', '/visit')
    const question = page.getByText(en.discardSure)
    await question.waitFor()
    await page.evaluate('new Promise(resolve => setTimeout(resolve, 300))') // later than the text for screen readers
    assert.ok(await question.isVisible())
    await person.offered.getByRole('button', { name: en.keep }).click()
    await person.restore()
    assert.equal(await notes(person), 'Half an hour of work')
  }))

  for (const answer of ['restore', 'discard'] as const) {
    it(`leaves no empty place after "${answer}", and is closed by a press`, () => onPage(async person => {
      await type(person, '/visit')
      await person.end()
      await person.as('ada', 's2', '/visit')
      const offer = await person.offer()
      const button = (name: string): Locator => offer.getByRole('button', { name })
      const before = [await offer.boundingBox(), await button(en.discard).boundingBox()]
      await button(en[answer]).click()
      if (answer === 'discard') await button(en.discard).click()
      await button(en.close).waitFor()
      const after = [await offer.boundingBox(), await button(en.close).boundingBox()]
      assert.deepEqual(after.map(box => box?.y), before.map(box => box?.y))
      assert.deepEqual(after.map(box => box?.height), before.map(box => box?.height))
      assert.equal(await offer.getByRole('button').count(), 1)
      const { x, y, width, height } = after[1] ?? assert.fail('no box')
      await person.page.mouse.move(x + width / 2, y + height / 2, { steps: 12 })
      await person.page.mouse.down()
      await person.page.waitForTimeout(90)
      await person.page.mouse.up()
      await offer.waitFor({ state: 'detached' })
      assert.equal(await notes(person), answer === 'restore' ? 'Half an hour of work' : '')
    }))
  }

  it('stands encrypted in the storage, and is read with the user\'s key alone', () => onPage(async person => {
    const key = { key: DRAFT_KEY }
    await type(person, '/visit', 'Half an hour of work, Zoë 👋', key)
    assert.doesNotMatch(await person.kept(), /Half|notes|visit/)
    await person.end()
    await person.as('ada', 's2', '/visit', key)
    await person.restore()
    assert.equal(await notes(person), 'Half an hour of work, Zoë 👋')
  }))
})
