import type { FieldValue } from './field-value.ts'
import { valueOf } from './field-value.ts'
import type { PageFields } from './page-fields.ts'

/** What fields held before a person changed them: the event that tells of a letter comes when it is there already. */
export class LastValues {
  readonly #values = new WeakMap<Element, FieldValue>()
  readonly #fields: PageFields

  constructor (fields: PageFields) {
    this.#fields = fields
  }

  /** Looks at all fields of a form, whatever may be changed next. */
  noteAll (form: Element | null): void {
    for (const field of this.#fields.of(form).keys()) this.#set(field.parts, valueOf(field))
  }

  of (element: Element): FieldValue | undefined {
    return this.#values.get(element)
  }

  /** Looks at one field. */
  note (element: Element, form: Element | null): void {
    for (const field of this.#fields.of(form).keys()) {
      if (field.parts.includes(element)) this.#set(field.parts, valueOf(field))
    }
  }

  #set (parts: readonly Element[], value: FieldValue): void {
    for (const part of parts) this.#values.set(part, value)
  }
}
