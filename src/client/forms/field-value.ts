import { attributeOf, isMatch } from '../elements.ts'
import { all, isCustomField } from './dom.ts'
import { isRich, readRich, writeRich } from './rich-text.ts'

/** A text, a tick, or the chosen values. */
export type FieldValue = string | boolean | readonly string[]

/**
 * The kind of a field.
 *
 * - `choice`: a select, or radio buttons of one name.
 * - `rich`: contenteditable.
 * - `custom`: a form-associated custom element.
 * - `editor`: an editor that the page has registered.
 */
export type FieldKind = 'text' | 'tick' | 'choice' | 'rich' | 'custom' | 'editor'

/** An editor whose text is in no field of the page: in a frame, say. */
export interface Editor {
  /** The key by which a later page finds it. No other editor of the page has it. */
  readonly key: string
  readonly read: () => string
  readonly write: (text: string) => void
  /** The name for people. Default: the key. */
  readonly label?: string
  /** The form that sends its text. */
  readonly form?: HTMLFormElement
  /** The element before which the offer stands if there is no form. Default: the beginning of the page. */
  readonly element?: Element
}

/** One field of a form, or all radio buttons of one name. */
export interface Field {
  readonly kind: FieldKind
  readonly element: Element
  /** The radio buttons; otherwise the element alone. */
  readonly parts: readonly Element[]
  readonly editor?: Editor
}

const NO_FIELD = ['hidden', 'submit', 'button', 'image', 'reset', 'file']

/** Returns the kind of a field, or null if a person enters nothing there. */
export function kindOf (element: Element): FieldKind | null {
  if (element instanceof HTMLInputElement) {
    const type = typeOf(element)
    if (NO_FIELD.includes(type)) return null
    return type === 'checkbox' ? 'tick' : type === 'radio' ? 'choice' : 'text'
  }
  if (element instanceof HTMLTextAreaElement) return 'text'
  if (element instanceof HTMLSelectElement) return 'choice'
  if (isRich(element)) return 'rich'
  return isCustomField(element) ? 'custom' : null
}

export function typeOf (element: Element): string {
  return element instanceof HTMLInputElement ? Reflect.get(HTMLInputElement.prototype, 'type', element) : ''
}

export function isSame (a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export function valueOf ({ kind, element, parts, editor }: Field): FieldValue {
  if (editor !== undefined) return editor.read()
  if (kind === 'choice') return choices(element, parts).filter(isChosen).map(valueIn)
  if (kind === 'tick') return isChosen(element)
  return kind === 'rich' ? readRich(element) : String(valueIn(element) ?? '')
}

/** Returns the value that the page came with, as far as the field knows it. */
export function defaultOf ({ kind, element, parts }: Field): FieldValue | undefined {
  if (kind === 'rich' || kind === 'custom' || kind === 'editor') return undefined
  if (kind === 'tick') return isMatch(element, '[checked]')
  if (kind !== 'choice') return defaultText(element)
  const options = choices(element, parts)
  const chosen = options.filter(option => isMatch(option, '[checked], [selected]'))
  const isOpen = chosen.length > 0 || !(element instanceof HTMLSelectElement) || element.multiple
  return (isOpen ? chosen : options.slice(0, 1)).map(valueIn)
}

/** Checks whether a value cannot be put into the field. */
export function isLocked ({ kind, element, parts }: Field, value: FieldValue): boolean {
  if (kind === 'editor') return false
  if (isMatch(element, '[readonly], [aria-readonly=true], [aria-disabled=true]')) return true
  if (kind === 'rich') return !writeRich(element, String(value), false)
  if (kind !== 'choice' || !Array.isArray(value)) return isMatch(element, ':disabled')
  const free = choices(element, parts).filter(option => !isMatch(option, ':disabled')).map(valueIn)
  return isMatch(element, 'select:disabled') || !value.every(one => free.includes(one))
}

/** Fills in a field as a person would. Scripts that listen learn of it. */
export function fillIn (field: Field, value: FieldValue): void {
  const { kind, element, parts, editor } = field
  if (isSame(valueOf(field), value)) return
  if (editor !== undefined) return editor.write(String(value))
  if (kind === 'tick' || (kind === 'choice' && !(element instanceof HTMLSelectElement))) {
    // Frameworks listen to a click here.
    const button = kind === 'tick' ? element : parts.find(part => Array.isArray(value) && value.includes(valueIn(part)))
    if (button !== undefined) HTMLElement.prototype.click.call(button as HTMLElement)
    return
  }
  if (kind === 'rich') writeRich(element, String(value), true)
  else if (kind === 'choice') {
    for (const option of choices(element, parts)) {
      const isWanted = Array.isArray(value) && value.includes(valueIn(option))
      Reflect.set(HTMLOptionElement.prototype, 'selected', isWanted, option)
    }
  } else if (isCustomField(element)) element.value = value
  // React shadows `value` on the element, and does not notice a value written there.
  else Reflect.set(protoOf(element), 'value', value, element)
  for (const type of ['input', 'change']) {
    EventTarget.prototype.dispatchEvent.call(element, new Event(type, { bubbles: true, composed: true }))
  }
}

function choices (element: Element, parts: readonly Element[]): readonly Element[] {
  return element instanceof HTMLSelectElement ? all(element, 'option') : parts
}

function isChosen (element: Element): boolean {
  if (element instanceof HTMLOptionElement) return element.selected
  return Reflect.get(HTMLInputElement.prototype, 'checked', element)
}

function valueIn (element: Element): string {
  return isCustomField(element) ? String(element.value) : Reflect.get(protoOf(element), 'value', element)
}

function protoOf (element: Element): object {
  if (element instanceof HTMLOptionElement) return HTMLOptionElement.prototype
  return element instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype
}

/** Returns the default as the field itself would have it. A range without a default stands in the middle. */
function defaultText (element: Element): string {
  if (element instanceof HTMLTextAreaElement) return Reflect.get(HTMLTextAreaElement.prototype, 'defaultValue', element)
  const twin = Node.prototype.cloneNode.call(element) as HTMLInputElement
  twin.value = attributeOf(element, 'value')
  return twin.value
}
