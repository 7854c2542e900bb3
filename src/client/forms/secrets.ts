import { attributeOf } from '../elements.ts'
import { closest } from './dom.ts'
import { typeOf } from './field-value.ts'

/** What browsers themselves would not keep, https://html.spec.whatwg.org/#autofill. */
const SECRET = /(^|\s)(off|one-time-code|(current|new)-password|webauthn|cc-\S+)(\s|$)/i

/** Names of what is a password also while it is shown. */
const PASSWORD = /pass(word|wd|wort|phrase|code)|pwd|kennwort|contrase|senha|cvv|cvc/i

/**
 * Passwords that were seen: the fields, because one that is shown becomes a text; and their names, because some pages
 * put another field in its place for that.
 */
const elements = new WeakSet<Element>()
const names = new Set<string>()

function namesOf (element: Element): string[] {
  return ['name', 'id'].map(name => attributeOf(element, name)).filter(name => name !== '')
}

/** Notes the passwords among these. Call it whenever fields may have come or changed. */
export function notePasswords (fields: readonly Element[]): void {
  for (const field of fields) {
    if (typeOf(field) !== 'password' || elements.has(field)) continue
    elements.add(field)
    for (const name of namesOf(field)) names.add(name)
  }
}

/** Whether what is typed here is never kept: not what it is, only that there is something. */
export function isSecret (field: Element, form: Element | null): boolean {
  notePasswords([field])
  if (elements.has(field) || namesOf(field).some(name => names.has(name) || PASSWORD.test(name))) return true
  if (closest(field, '[data-no-draft]') !== null) return true
  return [field, form].some(element => element !== null && SECRET.test(attributeOf(element, 'autocomplete')))
}
