import { all, attribute, byId, closest, textOf } from './dom.ts'

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
  const action = (submitter === null ? '' : attribute(submitter, 'formaction')) || attribute(form, 'action')
  try {
    const { pathname, search } = new URL(action || location.href, location.href)
    return pathname + search
  } catch {
    return placeHere()
  }
}

/** The ids that hidden fields hold: of the record of a form, or of a row. */
export function hiddenIds (element: Element): string[] {
  const isId = (input: Element): boolean => /(^|[^a-z])(id|key|uuid|pk)\W*$/i.test(attribute(input, 'name'))
  return all(element, 'input[type=hidden]').filter(isId).map(input => attribute(input, 'value'))
}

/** By what a form is known again: id, name, or where it leads and its heading; alike ones, by their number. */
export function formKey (form: Element | null): string {
  if (form === null) return ''
  const own = attribute(form, 'id') || attribute(form, 'name')
  if (own !== '') return own
  const key = anonymousKey(form)
  const alike = all(document, 'form').filter(other => attribute(other, 'id') === '' && anonymousKey(other) === key)
  // Which of several it is holds only while there are as many.
  return alike.length < 2 ? key : `${key} ${alike.indexOf(form)} of ${alike.length}`
}

function anonymousKey (form: Element): string {
  const row = closest(form, '[data-key], [data-id], tr, li, article')
  const marks = row === null ? [] : [attribute(row, 'data-key'), attribute(row, 'data-id'), attribute(row, 'id')]
  const [heading] = all(form, 'h1, h2, h3, h4, h5, h6, legend')
  const title = textOf(heading) || attribute(form, 'aria-label')
  return JSON.stringify([attribute(form, 'action'), ...marks, ...hiddenIds(form), title])
}
