import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Person } from './forms-site.ts'
import { formsOfSuite } from './forms-site.ts'
import { page as html } from './test-site.ts'

/** Lists of patients in many kinds of HTML. A test shows each in one order first, and in the other one later. */
const LISTS: Record<string, (patients: readonly string[]) => string> = {
  'an index in the name, and the name of the patient as the label': patients => form(patients.map((name, i) =>
    `<div><label>${name} <input name="marks[${i}].dose"></label></div>`)),
  'a number at the end of the name and of the id': patients => form(patients.map((name, i) =>
    `<div><label for="dose${i}">${name}</label> <input id="dose${i}" name="dose_${i + 1}"></div>`)),
  'ids as Django writes them': patients => form(patients.map((name, i) =>
    `<div><p>${name}</p><label for="id_form-${i}-dose">Dose</label>
      <input id="id_form-${i}-dose" name="form-${i}-dose"></div>`)),
  'groups of fields': patients => form(patients.map((name, i) => `<fieldset><legend>${name}</legend>
    ${['Morning', 'Evening'].map((time, j) =>
      `<label>${time} <input name="people[${i}].doses[${j}]"></label>`).join(' ')}</fieldset>`)),
  'a grid': patients => form(patients.map((name, i) =>
    `<span>${name}</span><input aria-label="Dose" name="dose[${i}]">`
  )),
  'a list of terms': patients => form(
    patients.map((name, i) => `<dt>${name}</dt><dd><input aria-label="Dose" name="dose[${i}]"></dd>`), 'dl'
  ),
  'a table of two columns of fields': patients => form(patients.map((name, i) =>
    `<tr><td>${name}</td><td><input aria-label="a" name="c[${i}][0]"></td>
      <td><input aria-label="b" name="c[${i}][1]"></td></tr>`), 'table'),
  'forms of one id, each with the name in it': patients => patients.map(name =>
    `<form id="dose" method="post" action="/sent"><b>${name}</b>
      <input aria-label="Dose" name="dose"></form>`).join(''),
  'forms in cards': patients => patients.map(name =>
    `<div><h3>${name}</h3><form method="post" action="/sent">
      <input aria-label="Dose" name="dose"></form></div>`).join(''),
  'forms in rows of a table': patients => `<table>${patients.map(name =>
    `<tr><td>${name}</td><td><form method="post" action="/sent"><input aria-label="Dose"
      name="dose"></form></td></tr>`).join('')}</table>`,
  'forms that are counted': patients => patients.map((name, i) =>
    `<form id="form-${i}" method="post" action="/sent"><label>${name} <input name="dose"></label></form>`).join(''),
  'forms with the id of the patient': patients => patients.map(name =>
    `<h3>${name}</h3><form id="dose" method="post" action="/sent"><input type="hidden"
      name="patientId" value="${name}"><input aria-label="Dose" name="dose"></form>`).join('')
}

/** Pages of one patient at a time. Only the server knows the patient: the address does not say it. */
const ONE: Record<string, (patient: string) => string> = {
  'a hidden field says whose it is': patient =>
    `<form id="dose" method="post" action="/sent"><input type="hidden" name="patient_id" value="${patient}"><input
      aria-label="Dose" name="dose"></form>`,
  'where it is sent says whose it is': patient =>
    `<form id="dose" method="post" action="/patients/${patient === 'Ada' ? 17 : 18}/dose"><input aria-label="Dose"
      name="dose"></form>`
}

function form (rows: readonly string[], list = 'div'): string {
  return `<form id="round" method="post" action="/sent"><${list}>${rows.join('')}</${list}><button>Save</button></form>`
}

const FIELDS = 'form input:not([type=hidden])'

const ORDERS = [['Ada', 'Bob', 'Cid'], ['Bob', 'Cid', 'Ada'], ['Bob', 'Cid', 'Dan']] as const

describe('rows that stand elsewhere when the person is back', { concurrency: 2 }, () => {
  const site = formsOfSuite({
    pages: {},
    extend: async app => {
      app.get<{ Params: { list: string } }>('/list/:list', async (request, reply) => {
        const order = ORDERS[Number(/order=(\d)/.exec(request.headers.cookie ?? '')?.[1] ?? 0)] ?? []
        const [list, one] = [LISTS[request.params.list], ONE[request.params.list]]
        return await reply.type('text/html').send(html('Round', list?.(order) ?? one?.(order[0] ?? '') ?? ''))
      })
    }
  })

  /** Types for Ada, and comes back after a timeout to another list. */
  async function typeAndReturn (person: Person, list: string, order: number): Promise<string[]> {
    const path = `/list/${encodeURIComponent(list)}`
    await person.as('ada', 'one', path)
    await person.page.locator(FIELDS).first().pressSequentially('5 mg')
    await person.end()
    await person.as('ada', 'two', path, { order: String(order) })
    await person.restore()
    return await person.offered.locator('textarea')
      .evaluateAll(areas => areas.map(area => String(Reflect.get(area, 'value'))))
  }

  const valuesOf = async (person: Person): Promise<string[]> => {
    return await person.page.locator(FIELDS).evaluateAll(fields =>
      fields.map(field => String(Reflect.get(field, 'value')))
    )
  }

  for (const list of Object.keys(LISTS)) {
    it(`puts nothing into another patient's row, or shows it: ${list}`, () => site.use(async person => {
      const shown = await typeAndReturn(person, list, 1)
      const values = await valuesOf(person)
      assert.deepEqual(values.slice(0, values.length * 2 / 3).filter(value => value !== ''), [])
      assert.deepEqual([...values.slice(values.length * 2 / 3), ...shown].filter(value => value !== ''), ['5 mg'])
    }))

    it(`shows the text and its row's name when the row is gone: ${list}`, () => site.use(async person => {
      await typeAndReturn(person, list, 2)
      assert.deepEqual((await valuesOf(person)).filter(value => value !== ''), [])
      await person.offered.getByRole('textbox', { name: list.startsWith('forms') ? /Dose|Ada/ : /Ada/ }).waitFor()
    }))

    it(`fills it in where the row still is: ${list}`, () => site.use(async person => {
      await typeAndReturn(person, list, 0)
      assert.equal((await valuesOf(person))[0], '5 mg')
    }))
  }

  for (const one of Object.keys(ONE)) {
    it(`puts nothing into another patient's form: ${one}`, () => site.use(async person => {
      assert.deepEqual(await typeAndReturn(person, one, 1), ['5 mg'])
      assert.deepEqual(await valuesOf(person), [''])
    }))

    it(`fills it in where it is the same patient: ${one}`, () => site.use(async person => {
      await typeAndReturn(person, one, 0)
      assert.deepEqual(await valuesOf(person), ['5 mg'])
    }))
  }
})
