import { attributeOf } from '../elements.ts'
import { all, closest, textOf } from './dom.ts'
import { isPosition, labelText } from './field-key.ts'
import { countsOf, FIELDS, leadOf } from './field-lead.ts'
import { recordIds } from './place.ts'

/** Matches numbers and UUIDs. In the address of a form they name a record. */
const RECORD = /[\da-f-]{36}|\d+/gi

/**
 * Returns the key by which a later page finds a form. It is the id or name, and the record of the form; without an id,
 * the address and the heading. The text before each tells alike forms apart; their order says nothing.
 */
export function formKey (form: Element | null): string {
  if (form === null) return ''
  const own = ownKey(form)
  const stem = stemOf(form)
  const forms = all(document, 'form')
  const twins = forms.filter(other => ownKey(other) === own)
  const alike = stem === '' ? twins : forms.filter(other => stemOf(other) === stem)
  const isCounted = recordOf(form).length === 0 && isPosition(idOf(form), alike.length)
  if (alike.length < 2 || (twins.length < 2 && !isCounted)) return own
  const leads = leadsOf(alike)
  const lead = leads[alike.indexOf(form)] ?? ''
  const isSure = lead !== '' && leads.filter(one => one === lead).length === 1
  // The position among alike forms is valid only while their number stays the same.
  return JSON.stringify(isSure ? [stem || own, lead] : [own, twins.indexOf(form), alike.length, lead])
}

function idOf (form: Element): string {
  return attributeOf(form, 'id') || attributeOf(form, 'name')
}

function stemOf (form: Element): string {
  return idOf(form).replace(/\d+/g, '#')
}

function ownKey (form: Element): string {
  const id = idOf(form)
  if (id === '') return anonymousKey(form)
  const record = recordOf(form)
  return record.length === 0 ? id : JSON.stringify([id, ...record])
}

/**
 * Returns the ids of a form's record. A page may show one person's record and then another's, at the same address and
 * in the same form.
 */
function recordOf (form: Element): string[] {
  const [path = ''] = attributeOf(form, 'action').split(/[?#;]/)
  return [...recordIds(form), ...path.match(RECORD) ?? []]
}

function anonymousKey (form: Element): string {
  const row = closest(form, '[data-key], [data-id], tr, li, article')
  const marks = row === null ? [] : [attributeOf(row, 'data-key'), attributeOf(row, 'data-id'), attributeOf(row, 'id')]
  const [heading] = all(form, 'h1, h2, h3, h4, h5, h6, legend')
  const title = textOf(heading) || attributeOf(form, 'aria-label')
  return JSON.stringify([attributeOf(form, 'action'), ...marks, ...recordIds(form), title])
}

/** Returns the text before each form, and the first text in it. */
function leadsOf (forms: readonly Element[]): string[] {
  const counts = countsOf(forms)
  return forms.map(form => {
    const [field] = all(form, FIELDS)
    const inside = field === undefined ? '' : `${leadOf(field, part => part === form)} ${labelText(field)}`
    return `${leadOf(form, part => counts.get(part) !== 1)} ${inside}`.replace(/\d+/g, '#').trim()
  })
}
