import { attributeOf } from '../elements.ts'
import { all, byId } from './dom.ts'

/** The whole address: applications of one page say by the part after `#` which record they show. */
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

/** Where a form leads, as a place. */
export function actionOf (form: Element, submitter: Element | null): string {
  const action = (submitter === null ? '' : attributeOf(submitter, 'formaction')) || attributeOf(form, 'action')
  try {
    const { pathname, search } = new URL(action || location.href, location.href)
    return pathname + search
  } catch {
    return placeHere()
  }
}

/** Names of ids, as `patient_id`, `patientId` and `rows[0].id`. */
const ID = /(^|[^a-zA-Z])(id|ID|key|uuid|pk)\W*$|[a-z]I[dD]\W*$/

/** Names of what is another one in each page: of a form, a request or a visit, not of a record. */
const PASSING = /build|request|session|csrf|idempot|nonce|token|^form_?id$/i

/** The ids that hidden fields hold: of the record of a form, or of a row. */
export function hiddenIds (element: Element): string[] {
  return idFields(element).map(input => attributeOf(input, 'value'))
}

/** Those of the record that the whole form is about, and not of one of its rows, which come and go. */
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
