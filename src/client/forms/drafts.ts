import { offerDraft } from './draft-offer.ts'
import type { Draft, DraftStore } from './draft-store.ts'
import type { FormChanges } from './form-changes.ts'
import type { FieldValue } from './form-fields.ts'
import { byKey, fieldsOf, fillIn, isKept } from './form-fields.ts'
import type { Locale } from '../locales/locale.ts'
import type { IdleMonitor } from '../monitor/monitor-api.ts'

/** Typing is not slowed down by writing every letter at once. */
const SAVE_AFTER_MS = 300

/** Keeps what is typed into the forms of a page, and offers it when the same person is back with another session. */
export class Drafts {
  readonly #store: DraftStore
  readonly #changes: FormChanges
  readonly #monitor: IdleMonitor
  readonly #locale: Locale
  readonly #due = new Set<HTMLFormElement>()
  readonly #offers = new Map<HTMLFormElement, { readonly draft: Draft, readonly withdraw: () => void }>()
  /** What waits for fields that are not there yet. */
  readonly #missing = new Map<HTMLFormElement, Map<string, FieldValue>>()
  #seen = new WeakSet<HTMLFormElement>()
  #tag: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor (store: DraftStore, changes: FormChanges, monitor: IdleMonitor, locale: Locale) {
    this.#store = store
    this.#changes = changes
    this.#monitor = monitor
    this.#locale = locale
    store.tidy()
  }

  get isEmpty (): boolean {
    return this.#store.isEmpty
  }

  schedule (form: HTMLFormElement): void {
    this.#due.add(form)
    this.#timer ??= setTimeout(() => this.flush(), SAVE_AFTER_MS)
  }

  /** Writes what is due. */
  flush (): void {
    this.#stopTimer()
    for (const form of this.#due) this.#save(form, false)
    this.#due.clear()
  }

  /** The form has gone to the server. Its draft goes when the session is seen to have outlived that. */
  sent (form: HTMLFormElement): void {
    this.#forget(form)
    this.#save(form, true)
  }

  drop (form: HTMLFormElement): void {
    this.#forget(form)
    this.#store.drop(...placeOf(form))
  }

  dropAll (): void {
    this.#stopTimer()
    this.#due.clear()
    for (const form of this.#offers.keys()) this.#forget(form)
    this.#store.dropAll()
  }

  /** Offers what there is for the forms that have come, and goes on restoring where fields have. */
  offer (forms: readonly HTMLFormElement[]): void {
    const { tag } = this.#monitor
    for (const form of this.#missing.keys()) this.#fill(form)
    if (tag === null) return
    if (tag !== this.#tag) {
      this.#tag = tag
      this.#seen = new WeakSet()
      this.#store.dropSent(tag)
    }
    for (const form of forms) {
      if (this.#seen.has(form) || this.#offers.has(form)) continue
      this.#seen.add(form)
      const draft = this.#store.load(...placeOf(form))
      if (draft === null || draft.tag === tag) continue
      const withdraw = offerDraft(form, this.#locale, isWanted => this.#answer(form, isWanted))
      this.#offers.set(form, { draft, withdraw })
    }
  }

  destroy (): void {
    this.flush()
    for (const form of this.#offers.keys()) this.#forget(form)
  }

  #answer (form: HTMLFormElement, isWanted: boolean): void {
    const draft = this.#offers.get(form)?.draft
    this.#offers.delete(form)
    if (isWanted && draft !== undefined) {
      // What was typed since the page came is newer.
      const newer = this.#changes.draft(form)
      this.#missing.set(form, new Map(draft.values.filter(([key]) => !newer.has(key))))
      this.#fill(form)
    }
    this.#save(form, false)
  }

  #fill (form: HTMLFormElement): void {
    const values = this.#missing.get(form)
    if (values === undefined) return
    // One field may bring others along.
    for (const [key, field] of byKey(fieldsOf(form))) {
      const value = values.get(key)
      if (value === undefined) continue
      values.delete(key)
      if (isKept(field, form)) fillIn(field, value)
    }
    if (values.size === 0 || !form.isConnected) this.#missing.delete(form)
  }

  #save (form: HTMLFormElement, isSent: boolean): void {
    // An offer that has not been answered stands, under what has been typed since.
    const offered = this.#offers.get(form)?.draft
    const values = new Map([...offered?.values ?? [], ...this.#missing.get(form) ?? [], ...this.#changes.draft(form)])
    this.#store.save(...placeOf(form), { tag: offered?.tag ?? this.#monitor.tag, isSent, values: [...values] })
  }

  #forget (form: HTMLFormElement): void {
    this.#due.delete(form)
    this.#missing.delete(form)
    this.#offers.get(form)?.withdraw()
    this.#offers.delete(form)
  }

  #stopTimer (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** The address of the page, and the form in it: by its id, its name, or where it leads and the how-manieth it is. */
function placeOf (form: HTMLFormElement): [address: string, form: string] {
  const { pathname, search } = location
  const name = form.getAttribute('id') ?? form.getAttribute('name')
  if (name !== null) return [pathname + search, name]
  const action = form.getAttribute('action') ?? ''
  const alike = [...document.forms].filter(other => (other.getAttribute('action') ?? '') === action)
  return [pathname + search, `${alike.indexOf(form)} ${action}`]
}
