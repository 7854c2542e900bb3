import type { Field, FieldValue } from './form-fields.ts'
import { byKey, defaultOf, fieldsOf, isKept, isSame, notePasswords, valueOf } from './form-fields.ts'

/** Knows what has been changed in the forms of a page since a person came to them. */
export class FormChanges {
  /** What each field held when the focus first came into its form. */
  readonly #before = new WeakMap<Field, FieldValue>()
  readonly #touched = new Set<HTMLFormElement>()
  /** Forms that were sent by a script and stayed: what they held before says nothing about what is saved. */
  readonly #sent = new WeakSet<HTMLFormElement>()

  /** Call it before anything can be changed. */
  remember (form: HTMLFormElement): void {
    const fields = fieldsOf(form)
    notePasswords(fields)
    for (const field of fields) {
      if (!this.#before.has(field)) this.#before.set(field, valueOf(field))
    }
  }

  touch (form: HTMLFormElement): void {
    notePasswords(fieldsOf(form))
    this.#touched.add(form)
  }

  sent (form: HTMLFormElement): void {
    this.#touched.delete(form)
    this.#sent.add(form)
  }

  reset (form: HTMLFormElement): void {
    this.#touched.delete(form)
    this.#sent.delete(form)
    for (const field of fieldsOf(form)) this.#before.set(field, valueOf(field))
  }

  /** The forms that hold what nobody has saved. */
  unsaved (): HTMLFormElement[] {
    return [...this.#touched].filter(form => form.isConnected && (this.#sent.has(form) || fieldsOf(form).some(field => this.#isChanged(field))))
  }

  /** What was changed and may be kept. */
  draft (form: HTMLFormElement): Map<string, FieldValue> {
    const changed = [...byKey(fieldsOf(form))].filter(([, field]) => isKept(field, form) && this.#isChanged(field))
    return new Map(changed.map(([key, field]) => [key, valueOf(field)]))
  }

  #isChanged (field: Field): boolean {
    return !isSame(valueOf(field), this.#before.get(field) ?? defaultOf(field))
  }
}
