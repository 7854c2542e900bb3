import { report } from '../report.ts'
import { FORM_DELAY_MS } from './delays.ts'
import { all, closest, isConnected, putBefore, removeCopies } from './dom.ts'
import type { Left } from './draft-offer.ts'
import { DraftOffer } from './draft-offer.ts'
import type { DraftField } from './draft.ts'
import type { Drafts } from './drafts.ts'
import type { Entry } from './entry.ts'
import { formKey } from './form-key.ts'
import { placeHere } from './place.ts'
import { restore } from './restore.ts'
import { plainText } from './rich-text.ts'
import type { FindField } from './outcome.ts'
import { fitOf, needsAnswer, compare } from './outcome.ts'
import { native } from '../elements.ts'
import type { Locale } from '../locales/locale.ts'

/** The most times that an offer is put back after a framework removed it. */
const MOST_SHOWN = 5

/** The interval, and the most times, of new attempts to fill in the other fields. */
const LOOK_AGAIN_MS = 1000
const MOST_LOOKS = 10

interface Shown {
  readonly offer: DraftOffer
  /** The form of the offer; null for fields outside a form, undefined for none yet. */
  form: Element | null | undefined
  /** True if the person wants the text back. Then fields that come later are filled in too. */
  isWanted: boolean
  isBusy: boolean
  looks: number
  /** The keys of the fields that hold their text again. */
  readonly back: Set<string>
}

export interface OffersOptions {
  readonly drafts: Drafts
  readonly locale: Locale
  readonly tag: () => string | null
  /** Returns the guarded forms; null stands for the fields outside a form. */
  readonly forms: () => ReadonlyArray<Element | null>
  readonly whenReleased: (run: () => void) => void
  readonly onSaved: (entry: Entry) => void
}

/** Decides which drafts a page offers and where, and carries out the person's answers. */
export class Offers {
  readonly #options: OffersOptions
  readonly #shown = new Map<Entry, Shown>()
  /** Offers that were answered, and stay for a while. */
  readonly #answered = new Set<DraftOffer>()
  readonly #counts = new WeakMap<Entry, number>()
  readonly #sinceMs = new WeakMap<Entry, number>()

  constructor (options: OffersOptions) {
    this.#options = options
  }

  /** Brings the offers up to date with the page. */
  update (): void {
    const { drafts, forms, tag } = this.#options
    const here = placeHere()
    removeCopies()
    const now = tag()
    for (const [entry, shown] of this.#shown) {
      const { offer, isWanted } = shown
      if (isWanted) this.#follow(entry, shown)
      const isHere = drafts.entries.has(entry) && entry.draft.places.includes(here)
      const isGone = !isHere || (shown.form != null && !isConnected(shown.form))
      if (isGone || (!isConnected(offer.region) && !isWanted)) this.withdraw(entry)
      else if (isWanted) this.#restore(entry).catch(report)
    }
    if (now === null) return
    const byKey = new Map(forms().map(form => [formKey(form), form]))
    for (const entry of [...drafts.entries]) {
      const { places, form } = entry.draft
      if (!this.#shown.has(entry) && places.includes(here)) this.#consider(entry, byKey.get(form), now)
    }
  }

  withdraw (entry: Entry): void {
    this.#shown.get(entry)?.offer.withdraw()
    this.#shown.delete(entry)
  }

  /** Withdraws all offers. */
  clear (): void {
    for (const entry of this.#shown.keys()) this.withdraw(entry)
    for (const offer of this.#answered) offer.withdraw()
  }

  #consider (entry: Entry, form: Element | null | undefined, tag: string): void {
    const { drafts, onSaved } = this.#options
    const { draft } = entry
    const find = form === undefined ? () => undefined : drafts.finder(form)
    const fits = draft.fields.map(field => fitOf(field, find(field)))
    if (!needsAnswer(draft, tag, fits)) {
      // The page shows the values that were sent: they are saved.
      const wasSent = draft.stage !== 'typed' && draft.stage !== 'returned'
      if (wasSent && draft.tag !== tag && compare(draft, find) === 'delivered') onSaved(entry)
      return
    }
    const anchor = form ?? this.#anchorOf(entry, find)
    const count = this.#counts.get(entry) ?? 0
    if (anchor === null || count >= MOST_SHOWN) return
    this.#counts.set(entry, count + 1)
    entry.form = form ?? null
    this.#show(entry, form, anchor, fits.filter(fit => fit !== 'there').length)
  }

  /**
   * Returns the element before which an offer without a form stands. It is the first field, or the beginning of the
   * page.
   */
  #anchorOf (entry: Entry, find: FindField): Element | null {
    const [first] = entry.draft.fields.flatMap(field => find(field)?.field.element ?? [])
    if (first !== undefined && first !== native(document).documentElement) return closest(first, 'label') ?? first
    const sinceMs = this.#sinceMs.get(entry) ?? performance.now()
    this.#sinceMs.set(entry, sinceMs)
    const leftMs = first === undefined ? sinceMs + FORM_DELAY_MS - performance.now() : 0
    if (leftMs > 0) setTimeout(() => this.update(), leftMs)
    return leftMs > 0 ? null : all(document, 'main > *')[0] ?? all(document, 'body > *')[0] ?? null
  }

  #show (entry: Entry, form: Element | null | undefined, anchor: Element, fields: number): void {
    const { drafts, locale, tag, whenReleased } = this.#options
    const { draft } = entry
    const offer = new DraftOffer({
      locale,
      text: draft.tag === tag() ? locale.kept : locale.draft,
      fields,
      typedAtMs: draft.typedAtMs,
      whenReleased,
      onRestore: () => { this.#restore(entry).catch(report) },
      onDiscard: () => {
        drafts.apply(entry, { type: 'discarded', held: drafts.held(entry), tag: tag() })
        this.#counts.set(entry, MOST_SHOWN)
        this.#shown.delete(entry)
        this.#answered.add(offer)
      }
    })
    this.#shown.set(entry, { offer, form, isWanted: false, isBusy: false, looks: 0, back: new Set() })
    drafts.apply(entry, { type: 'offered' })
    whenReleased(() => {
      if (this.#shown.get(entry)?.offer === offer) putBefore(anchor, offer.region)
    })
  }

  /** Looks for the form of an offer anew. A framework may replace a form whenever one of its fields changes. */
  #follow ({ draft }: Entry, shown: Shown): void {
    if (shown.form === null || (shown.form !== undefined && isConnected(shown.form))) return
    shown.form = this.#options.forms().find(one => formKey(one) === draft.form) ?? shown.form
  }

  /** Puts an offer back that went with the form before. The person waits for its result. */
  #putBack ({ offer: { region }, form }: Shown): void {
    if (form != null && !isConnected(region)) this.#options.whenReleased(() => putBefore(form, region))
  }

  /** Looks again later. A framework may give a field its value without any change that an observer sees. */
  #lookAgain (shown: Shown): void {
    if (shown.looks++ < MOST_LOOKS) setTimeout(() => this.update(), LOOK_AGAIN_MS)
  }

  async #restore (entry: Entry): Promise<void> {
    const { drafts, locale, tag } = this.#options
    const shown = this.#shown.get(entry)
    if (shown === undefined || shown.isBusy) return
    const isFirst = !shown.isWanted
    shown.isWanted = shown.isBusy = true
    // A quick person sends the form before all is verified. It is then sent in this session.
    if (isFirst) drafts.apply(entry, { type: 'restored', isDone: false, tag: tag() })
    const finder = (): FindField => {
      this.#follow(entry, shown)
      entry.form = shown.form ?? null
      return shown.form === undefined ? () => undefined : drafts.finder(shown.form)
    }
    entry.isHere = true
    // Each call reads the fields anew: the person may type on.
    const fields = (): DraftField[] => entry.draft.fields.filter(({ key }) => !shown.back.has(key))
    const found = await restore(fields, finder)
    shown.isBusy = false
    // The draft may have been sent or dropped meanwhile.
    if (this.#shown.get(entry) !== shown) return
    if (!isFirst && found.size === 0) return this.#lookAgain(shown)
    for (const [{ key }, { element }] of found) {
      entry.elements.set(key, element)
      shown.back.add(key)
    }
    const left = entry.draft.fields.filter(({ key }) => !shown.back.has(key))
    drafts.apply(entry, { type: 'restored', isDone: left.length === 0, tag: tag() })
    const all = entry.draft.fields.length
    const number = new Intl.NumberFormat(locale.lang)
    const numbers = { done: number.format(all - left.length), all: number.format(all) }
    const some = locale.restoredSome.replace('{done}', numbers.done).replace('{all}', numbers.all)
    this.#putBack(shown)
    shown.offer.result(left.length === 0 ? locale.restored : some, left.map(leftOf))
    if (left.length === 0) shown.isWanted = false
    else this.#lookAgain(shown)
  }
}

function leftOf ({ key, label, value }: DraftField): Left {
  if (typeof value === 'boolean') return { label, text: value ? '☑' : '☐' }
  const text = typeof value === 'string' ? value : value.join(', ')
  return { label, text: key.startsWith('["rich ') ? plainText(text) : text }
}
