import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'node:test'
import type { Plugin } from 'esbuild'
import { build } from 'esbuild'
import type { FastifyReply } from 'fastify'
import { compile } from 'svelte/compiler'
import { en } from '../../src/client/locales/en.ts'
import { bundleForm } from '../helpers/page-coverage.ts'
import { formsOfSuite } from './forms-site.ts'
import type { Person } from './forms-site.ts'
import { page as html, until } from './test-site.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const REACT = `
import { createElement as h, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
function Visit () {
  const [values, set] = useState({ notes: '', ward: 'A', sure: false })
  const [isHere, show] = useState(false)
  const [isSaved, save] = useState(null)
  useEffect(() => { setTimeout(() => show(true), 300) }, [])
  const change = name => ({ target }) => set({ ...values, [name]: target.type === 'checkbox' ?
    target.checked : target.value })
  const send = async event => {
    event.preventDefault()
    const answer = await fetch('/api/save?status=' + (values.notes.includes('fail') ? 500 : 200), { method: 'POST',
      body: JSON.stringify(values) })
    save(answer.ok)
    if (answer.ok && values.notes.includes('leave')) { history.pushState(null, '', '/react/list'); show(false) }
  }
  return isHere ? h('form', { id: 'visit', onSubmit: send },
    h('label', null, 'Notes ', h('textarea', { value: values.notes, onChange: change('notes') })),
    h('label', null, 'Ward ', h('select', { value: values.ward, onChange: change('ward') }, h('option', null, 'A'),
      h('option', null, 'B'))),
    h('label', null, 'Sure ', h('input', { type: 'checkbox', checked: values.sure, onChange: change('sure') })),
    h('output', null, JSON.stringify(values)), h('button', null, 'Send'), h('p', { id: 'saved' },
      String(isSaved))) : h('p', null, 'Loading')
}
createRoot(document.querySelector('#app')).render(h(Visit))`

const VUE = `
import { createApp, h, reactive, vModelText, vModelSelect, vModelCheckbox, withDirectives } from 'vue'
createApp({
  setup () {
    const values = reactive({ notes: '', ward: 'A', sure: false })
    const field = (tag, name, kind, attributes = {}, inner) => withDirectives(h(tag, { ...attributes,
      'onUpdate:modelValue': value => { values[name] = value } }, inner), [[kind, values[name]]])
    return () => h('form', { id: 'visit' }, [
      h('label', ['Notes ', field('textarea', 'notes', vModelText)]),
      h('label', ['Ward ', field('select', 'ward', vModelSelect, {}, [h('option', { value: 'A' }, 'A'), h('option', {
        value: 'B' }, 'B')])]),
      h('label', ['Sure ', field('input', 'sure', vModelCheckbox, { type: 'checkbox' })]),
      h('output', JSON.stringify(values))])
  }
}).mount('#app')`

const ALPINE = `
import Alpine from '@alpinejs/csp'
Alpine.data('visit', () => ({ notes: '', ward: 'A', sure: false, get all () { return JSON.stringify({
  notes: this.notes, ward: this.ward, sure: this.sure }) } }))
Alpine.start()`

const SVELTE = `
<script>
  let notes = $state('')
  let ward = $state('A')
  let sure = $state(false)
</script>
<form id="visit">
  <label>Notes <textarea bind:value={notes}></textarea></label>
  <label>Ward <select bind:value={ward}><option>A</option><option>B</option></select></label>
  <label>Sure <input type="checkbox" bind:checked={sure}></label>
  <output>{JSON.stringify({ notes, ward, sure })}</output>
</form>`

const SVELTE_START = 'import { mount } from "svelte"\nimport Visit from "visit.svelte"\nmount(Visit, { ' +
  'target: document.querySelector("#app") })'

const ALPINE_FORM = `<form id="visit" x-data="visit"><label>Notes <textarea x-model="notes"></textarea></label>
  <label>Ward <select x-model="ward"><option>A</option><option>B</option></select></label>
  <label>Sure <input type="checkbox" x-model="sure"></label><output x-text="all"></output></form>`

/** Puts its own value back once; if stubborn, again and again. The typed text is then gone. */
const STUBBORN = `
const field = document.querySelector('textarea')
let times = location.search === '?always' ? Infinity : 1
field.addEventListener('input', event => { if (!event.isTrusted && times-- > 0) requestAnimationFrame(() => {
  field.value = '' }) })`

/** Makes the whole form anew at each change of a field. */
const REMADE = `
const state = {}
const field = name => '<label>' + name + ' <input name="' + name + '" value="' + (state[name] ?? '') + '"></label>'
const make = () => { document.querySelector('#app').innerHTML = '<form id="visit">' + field('notes') + field('ward') +
  '</form>' }
make()
document.querySelector('#app').addEventListener('input', ({ target: { name, value } }) => {
  state[name] = value
  make()
  const made = document.querySelector('[name=' + name + ']')
  made.focus()
  made.setSelectionRange(value.length, value.length)
})`

const scripts = {
  react: REACT,
  vue: VUE,
  svelte: SVELTE_START,
  alpine: ALPINE,
  stubborn: STUBBORN,
  remade: REMADE,
  turbo: 'import "@hotwired/turbo"',
  htmx: 'import "htmx.org"',
  htmx2: 'import "htmx2"'
}

/** Compiles the component, as a build of an application with Svelte does. */
const svelte: Plugin = {
  name: 'svelte',
  setup (build) {
    build.onResolve({ filter: /^visit\.svelte$/ }, ({ path }) => ({ path, namespace: 'svelte' }))
    build.onLoad({ filter: /./, namespace: 'svelte' }, () => {
      return { contents: compile(SVELTE, { generate: 'client', filename: 'visit.svelte' }).js.code, resolveDir: ROOT }
    })
  }
}

async function bundled (contents: string): Promise<string> {
  const { outputFiles: [file] } = await build({
    stdin: {
      contents, resolveDir: ROOT
    },
    bundle: true,
    ...bundleForm(),
    format: 'esm',
    write: false,
    ignoreAnnotations: true,
    plugins: [svelte],
    conditions: ['browser'],
    define: {
      'process.env.NODE_ENV': '"production"'
    }
  })
  return file?.text ?? ''
}

const carrying = (name: string, body: string, head = ''): string =>
  html(name, body).replace('</head>', `${head}<script type="module" src="/${name}.js"></script></head>`)
const form = (attributes: string, notes = ''): string =>
  `<form id="visit" method="post" ${attributes}><label>Notes
    <textarea name="notes">${notes}</textarea></label><button>Send</button></form><a href="/turbo/other">Other</a>`
const BOOSTED = '<a href="/sent" hx-boost="true">Boosted</a>'
const HTMX_CONFIG = '<meta name="htmx-config" content=\'{"includeIndicatorStyles":false,"allowEval":false}\'>'

/** Configures htmx 2 to show the content of a 422, as its manual says. */
const HTMX_422 = HTMX_CONFIG.replace('{"', '{"responseHandling":[{"code":"...","swap":true}],"')

const PAGES = {
  '/react': carrying('react', '<div id="app"></div>'),
  '/react/list': carrying('react', '<p>List</p>'),
  '/vue': carrying('vue', '<div id="app"></div>'),
  '/svelte': carrying('svelte', '<div id="app"></div>'),
  '/alpine': carrying('alpine', ALPINE_FORM),
  '/remade': carrying('remade', '<div id="app"></div>'),
  '/stubborn': carrying('stubborn', '<form id="visit"><label>Notes <textarea name="notes"></textarea></label></form>'),
  '/htmx': carrying(
    'htmx', form('hx-post="/htmx/save" hx-target="#visit" hx-swap="outerHTML" hx-status:500="swap:none"') + BOOSTED,
    HTMX_CONFIG
  ),
  '/htmx422': carrying('htmx2', form('hx-post="/htmx/wrong" hx-target="#visit" hx-swap="outerHTML"'), HTMX_422),
  '/htmx2': carrying(
    'htmx2', form('hx-post="/htmx/save" hx-target="#visit" hx-swap="outerHTML"') + BOOSTED, HTMX_CONFIG
  )
}

describe('drafts and frameworks', { concurrency: 2 }, () => {
  const site = formsOfSuite({
    pages: PAGES,
    extend: async (app, posted) => {
      for (const [name, code] of Object.entries(scripts)) {
        const content = await bundled(code)
        app.get(`/${name}.js`, async (_request, reply) => reply.type('text/javascript').send(content))
      }
      const send = (reply: FastifyReply, content: string, status = 200): FastifyReply =>
        reply.code(status).type('text/html').send(content)
      const notes = (path: string): string => posted.findLast(({ url }) => url === path)?.values.get('notes') ?? ''
      app.post<{ Querystring: { status: string } }>(
        '/api/save', async (request, reply) => reply.code(Number(request.query.status)).send('done')
      )
      app.get('/turbo', async (_request, reply) => send(reply, carrying('turbo', form('action="/turbo"'))))
      app.get('/turbo/other', async (_request, reply) => send(reply, carrying('turbo', '<p>Another page</p>')))
      app.post('/turbo', async (_request, reply) => {
        if (notes('/turbo').includes('fine')) return await reply.code(303).redirect('/turbo/other')
        return send(reply, carrying('turbo', form('action="/turbo"', notes('/turbo')) + '<p>Wrong</p>'), 422)
      })
      app.post(
        '/htmx/wrong',
        async (_request, reply) => send(
          reply, form('hx-post="/htmx/wrong"', notes('/htmx/wrong')) + '<p>Wrong</p>', 422
        )
      )
      app.post('/htmx/save', async (_request, reply) => {
        const typed = notes('/htmx/save')
        return typed.includes('fine') ? send(reply, '<p>Saved</p>') : send(reply, 'no', 500)
      })
    }
  })

  const onPage = (test: (person: Person) => Promise<void>, expected?: RegExp): Promise<void> =>
    site.use(test, {}, expected)

  for (const name of ['react', 'vue', 'svelte', 'alpine']) {
    it(`are back in the state of a form that is made by ${name}`, () => onPage(async person => {
      const { page } = person
      await person.as('ada', 's1', `/${name}`)
      await page.getByLabel('Notes').pressSequentially('Half an hour')
      await page.getByLabel('Ward').press('B')
      await page.getByLabel('Sure').check()
      await person.end()
      await person.as('ada', 's2', `/${name}`)
      await person.restore()
      await page.getByText(en.restored).waitFor()
      assert.deepEqual(
        JSON.parse(await page.locator('output').innerText()), { notes: 'Half an hour', ward: 'B', sure: true }
      )
      await page.getByLabel('Notes').press('End')
      await page.getByLabel('Notes').pressSequentially('!')
      assert.equal(JSON.parse(await page.locator('output').innerText()).notes, 'Half an hour!')
    }))
  }

  it('are filled in again if a framework removes them once, not twice', () => onPage(async person => {
    for (const [search, expected] of [['', 'Half an hour'], ['?always', '']] as const) {
      await person.as('ada', 's1', `/stubborn${search}`)
      await person.page.getByLabel('Notes').pressSequentially('Half an hour')
      await person.end()
      await person.as('ada', 's2', `/stubborn${search}`)
      await person.restore()
      // The client goes on trying for a while.
      await until(person.page, `document.querySelector('form textarea').value === '${expected}'`)
      assert.equal(await person.page.getByText(en.restored, { exact: true }).count(), expected === '' ? 0 : 1)
      assert.match(await person.kept(), /Half an hour/)
    }
  }))

  it('are back after one press in a form that is made anew at each change', () => onPage(async person => {
    const { page } = person
    await person.as('ada', 's1', '/remade')
    await page.getByLabel('notes').click()
    await page.keyboard.type('Half an hour')
    await page.getByLabel('ward').click()
    await page.keyboard.type('B')
    await person.end()
    await person.as('ada', 's2', '/remade')
    await person.restore()
    await page.getByText(en.restored, { exact: true }).waitFor()
    assert.deepEqual(await person.offered.getByRole('button').allInnerTexts(), [en.close])
    const values = [page.getByLabel('notes').inputValue(), page.getByLabel('ward').inputValue()]
    assert.deepEqual(await Promise.all(values), ['Half an hour', 'B'])
    await page.getByLabel('ward').press('End')
    await page.keyboard.type('2')
    await person.offered.waitFor({ state: 'detached' })
    assert.equal(await page.getByLabel('ward').inputValue(), 'B2')
  }))

  it('stay after a failed fetch, and go after a success', () => onPage(async person => {
    const { page } = person
    await person.as('ada', 's1', '/react')
    await page.getByLabel('Notes').pressSequentially('fail')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.locator('#saved', { hasText: 'false' }).waitFor()
    assert.match(await person.kept(), /fail/)
    await page.getByLabel('Notes').fill('leave')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Loading').waitFor()
    await until(page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
  }, /500/))

  it('follow Turbo: a question before a link, kept after a 422, gone after a redirect', () => onPage(async person => {
    const { page } = person
    await person.as('ada', 's1', '/turbo')
    await page.getByLabel('Notes').pressSequentially('wrong')
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Wrong', { exact: true }).waitFor()
    await page.getByLabel('Notes').press('End')
    await page.getByLabel('Notes').pressSequentially('!')
    await person.end()
    await person.as('ada', 's2', '/turbo')
    await person.restore()
    assert.equal(await page.getByLabel('Notes').inputValue(), 'wrong!')
    await page.getByRole('link', { name: 'Other' }).click()
    await page.getByText('Another page').waitFor()
    assert.deepEqual(person.asked, ['confirm'])
    await person.as('ada', 's2', '/turbo')
    await page.getByLabel('Notes').fill('fine')
    person.asked.length = 0
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Another page').waitFor()
    await until(page, '!Object.values(sessionStorage).join().includes("fine")')
    assert.deepEqual(person.asked, [])
  }, /422|style/))

  for (const [path, link] of [['/turbo', 'Other'], ['/htmx2', 'Boosted']] as const) {
    it(`are offered once, by buttons that work, on a page that Back brings out of the memory of ${path}`, () => onPage(
      async person => {
        const { page } = person
        await person.as('ada', 's1', path)
        await page.getByLabel('Notes').pressSequentially('Half an hour')
        await person.end()
        await person.as('ada', 's2', path)
        await person.offer()
        await page.getByRole('link', { name: link }).click()
        await person.offered.waitFor({ state: 'detached' })
        await page.goBack()
        await page.getByLabel('Notes').waitFor()
        await until(page, 'document.querySelectorAll(".session-security-draft").length === 1')
        await person.restore()
        assert.equal(await page.getByLabel('Notes').inputValue(), 'Half an hour')
        assert.equal(await person.offered.count(), 1)
      }, /inline style/ // of Turbo
    ))
  }

  for (const [path, leave] of [['/turbo', 'Other'], ['/htmx422', 'Other']] as const) {
    it(`are kept in the form that comes back with an error: ${path}`, () => onPage(async person => {
      const { page } = person
      await person.as('ada', 's1', path)
      await page.getByLabel('Notes').pressSequentially('wrong')
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByText('Wrong', { exact: true }).waitFor()
      assert.match(await person.kept(), /wrong/)
      await page.getByRole('link', { name: leave }).first().click()
      await page.getByText('Another page').waitFor()
      assert.equal(person.asked.length, 1)
      await person.as('ada', 's2', path)
      await person.restore()
      assert.equal(await page.getByLabel('Notes').inputValue(), 'wrong')
    }, /422|style|Response Status Error/))
  }

  for (const name of ['htmx', 'htmx2']) {
    it(`follow ${name}: kept after a 500, gone after a success, asked about`, () => onPage(async person => {
      const { page } = person
      await person.as('ada', 's1', `/${name}`)
      await page.getByLabel('Notes').pressSequentially('wrong')
      await page.getByRole('button', { name: 'Send' }).click()
      await until(page, 'performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/htmx/save"))')
      assert.match(await person.kept(), /wrong/)
      await page.getByRole('link', { name: 'Boosted' }).click()
      await page.getByRole('heading', { name: 'Sent' }).waitFor()
      assert.deepEqual(person.asked, ['confirm'])
      await person.as('ada', 's1', `/${name}`)
      await page.getByLabel('Notes').fill('fine')
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByText('Saved').waitFor()
      await until(page, '!Object.keys(sessionStorage).some(key => key.includes(":draft:"))')
    }, /500|Response Status Error/))
  }
})
