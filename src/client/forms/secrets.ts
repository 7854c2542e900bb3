import { attributeOf } from '../elements.ts'
import { closest } from './dom.ts'
import { typeOf } from './field-value.ts'

/** Matches `autocomplete` of values that browsers themselves would not keep, https://html.spec.whatwg.org/#autofill. */
const SECRET = /(^|\s)(off|one-time-code|(current|new)-password|webauthn|cc-\S+)(\s|$)/i

/** Matches names of passwords. The field may be a text while the password is shown. */
const PASSWORD = /pass(word|wd|wort|phrase|code)|pwd|kennwort|contrase|senha|cvv|cvc/i

/**
 * The passwords that were seen: fields, and their names. A shown password becomes a text, and some pages put another
 * field in its place.
 */
const elements = new WeakSet<Element>()
const names = new Set<string>()

function namesOf (element: Element): string[] {
  return ['name', 'id'].map(name => attributeOf(element, name)).filter(name => name !== '')
}

/** Notes the passwords among fields. Call it whenever fields may have come or changed. */
export function notePasswords (fields: readonly Element[]): void {
  for (const field of fields) {
    if (typeOf(field) !== 'password' || elements.has(field)) continue
    elements.add(field)
    for (const name of namesOf(field)) names.add(name)
  }
}

/** Checks whether typed text is never kept. The guard then only knows that there is some. */
export function isSecret (field: Element, form: Element | null): boolean {
  notePasswords([field])
  if (elements.has(field) || namesOf(field).some(name => names.has(name) || PASSWORD.test(name))) return true
  if (closest(field, '[data-no-draft]') !== null) return true
  return [field, form].some(element => element !== null && SECRET.test(attributeOf(element, 'autocomplete')))
}
