import type { FieldValue } from './field-value.ts'
import { valueOf } from './field-value.ts'
import type { PageFields } from './page-fields.ts'

/**
 * Remembers the values of fields before a person changes them. The event of a letter comes when the letter is there
 * already.
 */
export class LastValues {
  readonly #values = new WeakMap<Element, FieldValue>()
  readonly #fields: PageFields

  constructor (fields: PageFields) {
    this.#fields = fields
  }

  /** Notes the values of all fields of a form: any of them may change next. */
  noteAll (form: Element | null): void {
    for (const field of this.#fields.of(form).keys()) this.#set(field.parts, valueOf(field))
  }

  of (element: Element): FieldValue | undefined {
    return this.#values.get(element)
  }

  /** Notes the value of one field. */
  note (element: Element, form: Element | null): void {
    for (const field of this.#fields.of(form).keys()) {
      if (field.parts.includes(element)) this.#set(field.parts, valueOf(field))
    }
  }

  #set (parts: readonly Element[], value: FieldValue): void {
    for (const part of parts) this.#values.set(part, value)
  }
}
