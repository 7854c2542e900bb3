import { report } from '../report.ts'
import { SAVED } from '../attributes.ts'
import { arrival, isInvalid, isPutOff } from './arrival.ts'
import { FORM_DELAY_MS } from './delays.ts'
import { all } from './dom.ts'
import { createDraftCipher } from './draft-cipher.ts'
import type { DraftStorage } from './draft-store.ts'
import { DraftStore } from './draft-store.ts'
import type { Drafts } from './drafts.ts'
import type { Entry } from './entry.ts'
import { formKey } from './form-key.ts'
import { placeHere } from './place.ts'
import type { SavedElsewhere } from './saved-elsewhere.ts'
import { openSavedElsewhere } from './saved-elsewhere.ts'
import type { Signs } from './outcome.ts'
import { outcomeOf, compare } from './outcome.ts'

export interface DraftKeeperOptions {
  readonly drafts: Drafts
  readonly storage: DraftStorage
  readonly site: string
  readonly user: string
  readonly draftKey: string | undefined
  /** The method of the request that the page answers, if known. */
  readonly method: string | undefined
  readonly ttlMs: number
  readonly forms: () => ReadonlyArray<Element | null>
  readonly onLoaded: () => void
  readonly onGone: (entry: Entry) => void
  readonly onKept: (entry: Entry, isWhole: boolean) => void
}

/** The drafts of one person, in the storage and in other tabs. */
export class DraftKeeper {
  readonly #options: DraftKeeperOptions
  readonly #store: DraftStore
  readonly #elsewhere: SavedElsewhere
  #undecided: Entry[] = []
  #decidingSinceMs: number | undefined
  #isClosed = false
  /** True after the storage was read. Nothing is offered before. */
  isLoaded = false

  constructor (options: DraftKeeperOptions) {
    const { drafts, storage, site, user, draftKey, ttlMs, onKept } = options
    const byId = (id: string): Entry | undefined => [...drafts.entries].find(entry => entry.draft.id === id)
    this.#options = options
    this.#store = new DraftStore({
      storage,
      site,
      user,
      ttlMs,
      cipher: createDraftCipher(draftKey),
      now: Date.now,
      onKept: (id, isWhole) => {
        const entry = byId(id)
        if (entry !== undefined) onKept(entry, isWhole)
      }
    })
    this.#elsewhere = openSavedElsewhere(user, storage, (id, typedAtMs) => {
      const entry = byId(id)
      if (entry === undefined || entry.draft.typedAtMs > typedAtMs) return
      drafts.drop(entry)
      options.onGone(entry)
    })
    this.#load().catch(report)
  }

  async #load (): Promise<void> {
    const { drafts, onLoaded } = this.#options
    const loaded = await this.#store.load()
    // The page belongs to another person by now.
    if (this.#isClosed) return
    this.#undecided = drafts.adopt(loaded)
    drafts.keepIn(this.#store)
    this.isLoaded = true
    this.#elsewhere.ask(loaded.map(({ id }) => id))
    onLoaded()
  }

  /** Decides, once the session is known, what became of forms sent before this page came. */
  decide (tag: string): void {
    const { drafts, forms, method, onLoaded } = this.#options
    if (this.#store.isSignedOut(tag)) for (const entry of this.#undecided) drafts.drop(entry)
    const here = placeHere()
    const came = arrival()
    const isConfirmed = all(document, `[${SAVED}]`).length > 0
    const waitMs = (this.#decidingSinceMs ??= performance.now()) + FORM_DELAY_MS - performance.now()
    const waiting: Entry[] = []
    for (const entry of this.#undecided) {
      const { draft } = entry
      if (draft.tag !== tag || !drafts.entries.has(entry)) continue
      const form = draft.places.includes(here) ? forms().find(one => formKey(one) === draft.form) : undefined
      const shown = form === undefined ? 'absent' : compare(draft, drafts.finder(form))
      const { historyLength = 0 } = draft
      // The answer had no client, and the person asked for its address again: the browser adds nothing to the history.
      const isAskedAgain = method === 'GET' && !came.isRedirected && draft.places.includes(here)
      const signs: Signs = {
        ...came,
        form: shown,
        isSkipped: historyLength > 0 && (history.length > historyLength + 1 || isAskedAgain),
        isInvalid: form != null && isInvalid(form),
        isPutOff: isPutOff(draft.places)
      }
      const outcome = isConfirmed && draft.stage !== 'typed' ? 'saved' : outcomeOf(draft.stage, signs)
      const mayCome = outcome === 'saved' || outcome === 'sent'
      if (mayCome && !isConfirmed && form === undefined && draft.places.includes(here) && waitMs > 0) {
        // A script may bring the form, and its errors.
        waiting.push(entry)
        continue
      }
      if (outcome === 'saved') this.saved(entry)
      else if (outcome !== draft.stage) {
        const place = form === undefined ? draft.places[0] ?? here : here
        drafts.apply(entry, { type: 'decided', stage: outcome, place })
      }
      entry.form = form ?? null
      // Values in the page count as unsaved again after an error, and after the browser has filled them in again.
      entry.isHere = form !== undefined && (outcome === 'returned' || (outcome === 'typed' && shown === 'refilled'))
    }
    this.#undecided = waiting
    if (waiting.length === 0) return
    drafts.finder(null) // From now on, the page is watched for new forms.
    setTimeout(onLoaded, waitMs)
  }

  /** Notes that a draft is saved, in all tabs. */
  saved (entry: Entry): void {
    const { drafts, onGone } = this.#options
    const { id, typedAtMs } = entry.draft
    drafts.apply(entry, { type: 'saved' })
    if (entry.draft.fields.length > 0) return
    this.#elsewhere.send(id, typedAtMs)
    onGone(entry)
  }

  /** Checks whether a later page of this tab has dropped the draft. */
  isGone (entry: Entry): boolean {
    return this.#store.isGone(entry.draft.id)
  }

  async flush (): Promise<void> {
    await this.#store.flush()
  }

  /**
   * Prepares for a page that is left for a sign-out.
   *
   * @returns true if the drafts stay until the next page shows whether it was one
   */
  leaveForSignOut (tag: string | null): boolean {
    return this.#store.leaveForSignOut(tag)
  }

  dropAll (): void {
    this.#store.dropAll()
  }

  close (): void {
    this.#isClosed = true
    this.#elsewhere.close()
  }
}
