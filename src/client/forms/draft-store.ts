import type { FieldValue } from './form-fields.ts'

/** What is used of `sessionStorage`. */
export interface DraftStorage {
  readonly length: number
  key (index: number): string | null
  getItem (key: string): string | null
  setItem (key: string, value: string): void
  removeItem (key: string): void
}

/** What was typed into one form. */
export interface Draft {
  readonly savedAtMs: number
  /** The monitor's tag of the session in which it was typed. */
  readonly tag: string | null
  /** Whether the form went to the server, and nobody knows yet what became of it. */
  readonly isSent: boolean
  readonly values: ReadonlyArray<readonly [key: string, value: FieldValue]>
}

const PREFIX = 'session-security:draft:'

/** Characters of one draft. A tab has a few million for all that the site keeps. */
const MAX_LENGTH = 64 * 1024

export interface DraftStoreOptions {
  readonly storage: DraftStorage
  /** The same for one person at every sign-in, and not the person's name. */
  readonly user: string
  /** Seconds. */
  readonly ttl: number
  readonly now?: () => number
}

/** The drafts of one person in one tab, by the address of the page and the form. */
export class DraftStore {
  readonly #storage: DraftStorage
  readonly #user: string
  readonly #ttlMs: number
  readonly #now: () => number

  constructor ({ storage, user, ttl, now = Date.now }: DraftStoreOptions) {
    this.#storage = storage
    this.#user = user
    this.#ttlMs = ttl * 1000
    this.#now = now
  }

  load (address: string, form: string): Draft | null {
    return this.#read(this.#keyOf(address, form))
  }

  /** A value that would make the draft too large is left out. */
  save (address: string, form: string, { tag, isSent, values }: Omit<Draft, 'savedAtMs'>): void {
    let length = 0
    const kept = values.filter(value => {
      const size = JSON.stringify(value).length + 1
      if (length + size > MAX_LENGTH) return false
      length += size
      return true
    })
    if (kept.length === 0) return this.drop(address, form)
    const draft: Draft = { savedAtMs: this.#now(), tag, isSent, values: kept }
    try {
      this.#storage.setItem(this.#keyOf(address, form), JSON.stringify(draft))
    } catch {
      // The tab's space is used up. The form itself still holds what was typed.
    }
  }

  drop (address: string, form: string): void {
    this.#storage.removeItem(this.#keyOf(address, form))
  }

  dropAll (): void {
    this.#dropWhere(() => true)
  }

  /** Drops what other people typed in this tab, what is too old, and what nobody can read. */
  tidy (): void {
    this.#dropWhere(key => !key.startsWith(this.#prefix()) || this.#read(key) === null)
  }

  /** Drops what was sent in this session: had that failed for want of a session, the session would be another one by now. */
  dropSent (tag: string): void {
    this.#dropWhere(key => {
      const draft = this.#read(key)
      return draft?.isSent === true && draft.tag === tag
    })
  }

  get isEmpty (): boolean {
    return this.#keys().length === 0
  }

  #dropWhere (isUnwanted: (key: string) => boolean): void {
    for (const key of this.#keys().filter(isUnwanted)) this.#storage.removeItem(key)
  }

  #keys (): string[] {
    const keys = Array.from({ length: this.#storage.length }, (_, i) => this.#storage.key(i) ?? '')
    return keys.filter(key => key.startsWith(PREFIX))
  }

  #prefix (): string {
    return `${PREFIX}${JSON.stringify(this.#user)}:`
  }

  #keyOf (address: string, form: string): string {
    return this.#prefix() + JSON.stringify([address, form])
  }

  #read (key: string): Draft | null {
    const draft = parse(this.#storage.getItem(key))
    return draft !== null && Math.abs(this.#now() - draft.savedAtMs) < this.#ttlMs ? draft : null
  }
}

/** Anything on this site may have written there. */
function parse (text: string | null): Draft | null {
  try {
    const { savedAtMs, tag, isSent, values } = JSON.parse(text ?? '')
    const isDraft = typeof savedAtMs === 'number' && (tag === null || typeof tag === 'string') && Array.isArray(values) && values.every(isValue)
    return isDraft ? { savedAtMs, tag, isSent: isSent === true, values } : null
  } catch {
    return null
  }
}

function isValue (value: unknown): boolean {
  if (!Array.isArray(value) || typeof value[0] !== 'string') return false
  return ['string', 'boolean'].includes(typeof value[1]) || (Array.isArray(value[1]) && value[1].every(chosen => typeof chosen === 'string'))
}
