import { attributeOf } from '../elements.ts'
import { all, byId } from './dom.ts'

/** Returns the whole address. Some applications of one page name the record after the `#`. */
export function placeHere (): string {
  const { pathname, search, hash } = location
  // A link to a heading of the same page leads to no other record.
  return pathname + search + (byId(decoded(hash.slice(1))) === null ? hash : '')
}

function decoded (hash: string): string {
  try {
    return decodeURIComponent(hash)
  } catch {
    return hash
  }
}

/** Returns the address to which a form is sent, as a place. */
export function actionOf (form: Element, submitter: Element | null): string {
  const action = (submitter === null ? '' : attributeOf(submitter, 'formaction')) || attributeOf(form, 'action')
  try {
    const { pathname, search } = new URL(action || location.href, location.href)
    return pathname + search
  } catch {
    return placeHere()
  }
}

/** Matches names of ids, such as `patient_id`, `patientId` and `rows[0].id`. */
const ID = /(^|[^a-zA-Z])(id|ID|key|uuid|pk)\W*$|[a-z]I[dD]\W*$/

/** Matches names of values that differ in each page. They belong to a form, a request or a visit, not to a record. */
const PASSING = /build|request|session|csrf|idempot|nonce|token|^form_?id$/i

/** Returns the ids in hidden fields, of a form's record or of a row. */
export function hiddenIds (element: Element): string[] {
  return idFields(element).map(input => attributeOf(input, 'value'))
}

/** Returns the ids of the form's own record. It leaves out those of rows, which come and go. */
export function recordIds (form: Element): string[] {
  const fields = idFields(form)
  const names = fields.map(input => attributeOf(input, 'name'))
  const isOne = (name: string): boolean => !/\d|\[\]/.test(name) && names.filter(one => one === name).length === 1
  return fields.filter((_input, i) => isOne(names[i] ?? '')).map(input => attributeOf(input, 'value'))
}

function idFields (element: Element): Element[] {
  return all(element, 'input[type=hidden]').filter(input => {
    const name = attributeOf(input, 'name')
    return ID.test(name) && !PASSING.test(name) && attributeOf(input, 'value') !== ''
  })
}
