import { isMatch } from '../elements.ts'
import { isConnected } from './dom.ts'
import type { Draft, DraftEvent } from './draft.ts'
import { isUnsent, merge, next } from './draft.ts'
import type { DraftStore } from './draft-store.ts'
import type { Entry } from './entry.ts'
import { createEntry } from './entry.ts'
import type { FieldName } from './field-key.ts'
import type { Editor, Field, FieldValue } from './field-value.ts'
import { defaultOf, isLocked, isSame, valueOf } from './field-value.ts'
import type { PageFields } from './page-fields.ts'
import { formKey } from './form-key.ts'
import { placeHere } from './place.ts'
import { isSecret } from './secrets.ts'
import type { FindField } from './outcome.ts'

/** The drafts of a page, typed in it or read from the storage. */
export class Drafts {
  readonly entries = new Set<Entry>()
  readonly #fields: PageFields
  readonly #tag: () => string | null
  #store: DraftStore | undefined

  constructor (fields: PageFields, tag: () => string | null) {
    this.#fields = fields
    this.#tag = tag
  }

  /** Keeps the drafts in a storage from now on. Earlier text is kept, too. */
  keepIn (store: DraftStore | undefined): void {
    this.#store = store
    for (const entry of this.entries) this.#keep(entry)
  }

  /** Takes over the drafts from the storage. */
  adopt (drafts: readonly Draft[]): Entry[] {
    return drafts.map(draft => {
      const isSamePlace = (places: readonly string[]): boolean => places.some(place => draft.places.includes(place))
      const known = [...this.entries].find(({ draft: one }) => one.form === draft.form && isSamePlace(one.places))
      if (known === undefined) return this.#enter(draft, null)
      this.#store?.drop(draft.id)
      known.draft = merge(draft, known.draft)
      this.#keep(known)
      return known
    })
  }

  find (form: Element | null): Entry | undefined {
    const [place, key] = [placeHere(), formKey(form)]
    return [...this.entries].find(({ draft }) => draft.form === key && draft.places.includes(place))
  }

  /** Returns the entry that was last typed into through a form, at any place. */
  of (form: Element): Entry | undefined {
    return [...this.entries].filter(entry => entry.form === form).at(-1) ?? this.find(form)
  }

  /**
   * Notes that a person typed into a field.
   *
   * @param before the last known value of the field
   */
  typed (element: Element, form: Element | null, before: FieldValue | undefined): Entry | undefined {
    const [field, name] = [...this.#fields.of(form)].find(([{ parts }]) => parts.includes(element)) ?? []
    if (field === undefined || name === undefined) return undefined
    const entry = this.find(form) ?? this.#enter(this.#begin(form), form)
    entry.form = form
    entry.isHere = true
    if (isSecret(element, form)) {
      entry.secrets.add(element)
      entry.draft = { ...entry.draft, stage: 'typed' }
      return entry
    }
    this.#note(entry, field, name, before)
    return entry
  }

  /** Notes that a person typed into an editor of the page. */
  edited (editor: Editor, before: string): void {
    const form = editor.form ?? null
    const [field, name] = [...this.#fields.of(form)].find(([one]) => one.editor === editor) ?? []
    if (field === undefined || name === undefined) return
    const entry = this.find(form) ?? this.#enter(this.#begin(form), form)
    entry.isHere = true
    this.#note(entry, field, name, before)
  }

  /** Notes the value of a field. */
  #note (entry: Entry, field: Field, { key, label }: FieldName, before?: FieldValue): void {
    const value = valueOf(field)
    const was = before ?? defaultOf(field) ?? ''
    const known = entry.draft.fields.find(one => one.key === key && !one.isOver)
    const isGoingOn = entry.elements.get(key) === field.element && known !== undefined
    entry.elements.set(key, field.element)
    if (isGoingOn && isSame(known.value, value)) return
    if (field.kind === 'tick' || field.kind === 'choice') entry.choseAtMs = performance.now()
    this.apply(entry, {
      type: 'typed',
      field: { key, label, before: was, value, isOver: false },
      heldBefore: isGoingOn ? known.value : was,
      nowMs: Date.now()
    })
  }

  apply (entry: Entry, event: DraftEvent): void {
    const draft = next(entry.draft, event)
    entry.draft = draft ?? { ...entry.draft, stage: 'typed', isOpen: false, fields: [] }
    if (draft !== null) return this.#keep(entry)
    this.#store?.drop(entry.draft.id)
    if (entry.secrets.size === 0) this.entries.delete(entry)
  }

  drop (entry: Entry): void {
    this.entries.delete(entry)
    this.#store?.drop(entry.draft.id)
  }

  /** Returns a function that finds the fields of a draft in a form. */
  finder (form: Element | null): FindField {
    const sure = [...this.#fields.of(form)].filter(([, { isSure }]) => isSure)
    const byKey = new Map(sure.map(([field, { key }]) => [key, field]))
    return ({ key, value }) => {
      const field = byKey.get(key)
      if (field === undefined || (field.editor === undefined && isSecret(field.element, form))) return undefined
      return { field, value: valueOf(field), delivered: defaultOf(field), isLocked: isLocked(field, value) }
    }
  }

  /** Follows a form that a framework has replaced, as frameworks do after an error. */
  follow (forms: ReadonlyArray<Element | null>): void {
    for (const entry of this.entries) {
      const { form, draft } = entry
      if (form === null || isConnected(form) || !draft.places.includes(placeHere())) continue
      entry.form = forms.find(one => formKey(one) === draft.form) ?? form
    }
  }

  /** Returns the keys of the fields that hold the typed text. */
  held (entry: Entry): string[] {
    const { form, draft } = entry
    if (form !== null && !isConnected(form)) return []
    const values = new Map([...this.#fields.of(form)].map(([field, { key }]) => [key, valueOf(field)]))
    return draft.fields.flatMap(({ key, value, isOver }) => !isOver && isSame(values.get(key), value) ? [key] : [])
  }

  /** Checks whether leaving the page loses text that was typed in it and not sent. */
  isUnsaved (entry: Entry): boolean {
    const { draft, form, secrets, elements, isHere } = entry
    if (!isHere || !isUnsent(draft)) return false
    const held = this.held(entry).filter(key => form !== null || isLong(elements.get(key)))
    const isFilled = (element: Element): boolean => isConnected(element) && Reflect.get(element, 'value') !== ''
    return held.length > 0 || (form !== null && [...secrets].some(isFilled))
  }

  #begin (form: Element | null): Draft {
    const id = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`
    const [places, key, tag, typedAtMs] = [[placeHere()], formKey(form), this.#tag(), Date.now()]
    return { id, places, form: key, tag, typedAtMs, stage: 'typed', isOpen: false, fields: [] }
  }

  #enter (draft: Draft, form: Element | null): Entry {
    const entry = createEntry(draft, form)
    this.entries.add(entry)
    return entry
  }

  #keep ({ draft }: Entry): void {
    if (draft.fields.length > 0) this.#store?.save(draft)
  }
}

/**
 * Checks whether a field outside a form takes long text. Most others are filters and switches, and the page is left
 * without a question.
 */
function isLong (element: Element | undefined): boolean {
  return element !== undefined && isMatch(element, 'textarea, [contenteditable], html')
}
