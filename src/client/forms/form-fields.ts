export type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

/** What a field holds: a text, a tick, or the values that are chosen. */
export type FieldValue = string | boolean | readonly string[]

const FIELDS = 'input:not([type=hidden], [type=submit], [type=button], [type=image], [type=reset]), select, textarea'

/** What browsers themselves would not keep, https://html.spec.whatwg.org/#autofill. */
const SECRET = /(^|\s)(off|one-time-code|(current|new)-password|webauthn|cc-\S+)(\s|$)/i

/** Fields that were a password's once: one that is shown for a moment becomes a text. */
const passwords = new WeakSet<Field>()

/**
 * The fields of a form, wherever they stand (`form="…"`). The document is asked, not the form: a field named `elements`
 * hides the form's own list.
 */
export function fieldsOf (form: HTMLFormElement): Field[] {
  return [...document.querySelectorAll<Field>(FIELDS)].filter(field => field.form === form)
}

export function notePasswords (fields: readonly Field[]): void {
  for (const field of fields) {
    if (field.type === 'password') passwords.add(field)
  }
}

/** Whether what is typed here may be kept for a while in this tab. */
export function isKept (field: Field, form: HTMLFormElement): boolean {
  const isOff = (element: Element): boolean => SECRET.test(element.getAttribute('autocomplete') ?? '') || element.closest('[data-no-draft]') !== null
  return field.type !== 'password' && field.type !== 'file' && !passwords.has(field) && !isOff(field) && !isOff(form)
}

/** The fields by a key that is the same after the page was loaded again: the name, and the how-manieth of that name. */
export function byKey (fields: readonly Field[]): Map<string, Field> {
  const counts = new Map<string, number>()
  return new Map(fields.map(field => {
    const name = field.name || field.id
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    return [`${count} ${name}`, field]
  }))
}

export function valueOf (field: Field): FieldValue {
  if (field instanceof HTMLSelectElement) return [...field.selectedOptions].map(({ value }) => value)
  return isTick(field) ? field.checked : field.value
}

/** What the page was delivered with. */
export function defaultOf (field: Field): FieldValue {
  if (!(field instanceof HTMLSelectElement)) return isTick(field) ? field.defaultChecked : field.defaultValue
  const chosen = [...field.options].filter(({ defaultSelected }) => defaultSelected)
  const first = field.multiple || chosen.length > 0 ? [] : [...field.options].slice(0, 1)
  return [...chosen, ...first].map(({ value }) => value)
}

export function isSame (a: FieldValue, b: FieldValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** Fills a field in as a person would: scripts that listen learn of it. */
export function fillIn (field: Field, value: FieldValue): void {
  if (isSame(valueOf(field), value)) return
  if (isTick(field)) {
    // A click is what frameworks listen to here. A radio button goes out by itself when another one comes on.
    if (field.type === 'checkbox' || value === true) field.click()
    return
  }
  if (field instanceof HTMLSelectElement) {
    for (const option of field.options) option.selected = Array.isArray(value) && value.includes(option.value)
  } else {
    // React shadows `value` on the element, and does not notice what is written there.
    const own = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype
    Object.getOwnPropertyDescriptor(own, 'value')?.set?.call(field, String(value))
  }
  for (const type of ['input', 'change']) field.dispatchEvent(new Event(type, { bubbles: true }))
}

function isTick (field: Field): field is HTMLInputElement {
  return field.type === 'checkbox' || field.type === 'radio'
}
