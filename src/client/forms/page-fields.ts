import { attributeOf, isMatch, native } from '../elements.ts'
import { all, byId, closest, isCustomField, isOwn, rootsOf } from './dom.ts'
import type { FieldName } from './field-key.ts'
import { nameFields } from './field-key.ts'
import type { Editor, Field } from './field-value.ts'
import { kindOf, typeOf } from './field-value.ts'
import { notePasswords } from './secrets.ts'

const FIELDS = 'input, select, textarea, [contenteditable]'

/** Finds the fields of the page, also inside shadow roots. It looks again only when the page has changed. */
export class PageFields {
  /** Absent in a browser without observers. There, each call looks for the fields. */
  readonly #observer: MutationObserver | undefined
  readonly #onChange: () => void
  readonly editors = new Set<Editor>()
  #fields: Element[] | null = null
  #named = new Map<Element | null, Map<Field, FieldName>>()

  constructor (onChange: () => void) {
    this.#onChange = onChange
    const isThere = typeof MutationObserver === 'function'
    this.#observer = isThere ? new MutationObserver(() => this.#changed()) : undefined
  }

  /** Returns the fields of a form with their names. With null, it returns the fields outside a form. */
  of (form: Element | null): Map<Field, FieldName> {
    const all = this.#all()
    if (this.#observer === undefined) this.#named.clear()
    const names = this.#named.get(form) ?? nameFields(this.#fieldsOf(form, all))
    this.#named.set(form, names)
    return names
  }

  #fieldsOf (form: Element | null, all: readonly Element[]): Field[] {
    const byName = new Map<string, Element[]>()
    const fields: Field[] = []
    for (const element of all) {
      const kind = kindOf(element)
      if (kind === null || formOf(element) !== form) continue
      const name = attributeOf(element, 'name')
      const parts = typeOf(element) === 'radio' && name !== '' ? byName.get(name) : undefined
      if (parts !== undefined) {
        parts.push(element)
        continue
      }
      const own = [element]
      if (typeOf(element) === 'radio') byName.set(name, own)
      fields.push({ kind, element, parts: own })
    }
    for (const editor of this.editors) {
      const element = editor.element ?? form ?? native(document).documentElement
      if ((editor.form ?? null) === form) fields.push({ kind: 'editor', element, parts: [], editor })
    }
    return fields
  }

  /** Returns the forms that match a selector, also inside shadow roots. */
  forms (selector: string): Element[] {
    return rootsOf(document).flatMap(root => all(root, 'form')).filter(form => isMatch(form, selector))
  }

  addEditor (editor: Editor): () => void {
    this.editors.add(editor)
    this.#changed()
    return () => {
      this.editors.delete(editor)
      this.#changed()
    }
  }

  stop (): void {
    this.#observer?.disconnect()
  }

  #all (): Element[] {
    if (this.#observer !== undefined && this.#observer.takeRecords().length > 0) this.#changed()
    if (this.#fields !== null && this.#observer !== undefined) return this.#fields
    const roots = rootsOf(document)
    const attributeFilter = ['name', 'id', 'type', 'contenteditable']
    for (const root of roots) this.#observer?.observe(root, { childList: true, subtree: true, attributeFilter })
    const found = roots.flatMap(root => [...all(root, FIELDS), ...all(root, ':defined').filter(isCustomField)])
    this.#fields = [...new Set(found)].filter(element => !isOwn(element))
    notePasswords(this.#fields)
    return this.#fields
  }

  #changed (): void {
    this.#fields = null
    this.#named = new Map()
    this.#onChange()
  }
}

/** Returns the field of an event. For a field inside a custom element that is itself a field, it is that element. */
export function fieldFrom (event: Event): Element | null {
  const path = event.composedPath().filter(node => node instanceof Element)
  return path.find(isCustomField) ?? path.find(element => kindOf(element) !== null) ?? null
}

/** Returns the form of a field, also from inside of a shadow root. */
export function formOf (field: Element): Element | null {
  const owner = [HTMLInputElement, HTMLSelectElement, HTMLTextAreaElement].find(one => field instanceof one)
  const byAttribute = byId(attributeOf(field, 'form'))
  const form: Element | null = owner === undefined ? byAttribute : Reflect.get(owner.prototype, 'form', field)
  return form ?? closest(field, 'form')
}

/** Checks whether the guard covers a field outside a form. */
export function isLooseField (field: Element): boolean {
  if (isMatch(field, '[type=search], [role=searchbox]')) return false
  return closest(field, '[role=search], search, [data-no-guard]') === null
}
