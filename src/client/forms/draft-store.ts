import { report } from '../report.ts'
import type { Draft } from './draft.ts'
import { next } from './draft.ts'
import { lighter } from './lighter.ts'
import { parseDraft, writeDraft } from './draft-text.ts'
import type { DraftCipher } from './draft-cipher.ts'

/** The parts of `sessionStorage` that the client uses. */
export interface DraftStorage {
  readonly length: number
  key (index: number): string | null
  getItem (key: string): string | null
  setItem (key: string, value: string): void
  removeItem (key: string): void
}

const DRAFT = 'session-security:draft:'

/** Matches a stored text: time, stage, length of the history at a send, encrypted draft. */
const STORED = /^(\d+) (\w+)(?::(\d+))? (.*)$/s

/** The key under which a page that is left for a sign-out names its session. */
const LEFT = 'session-security:left-for-sign-out:'

/** The most characters of one draft in the storage. A tab has some five million for the whole site. */
const MAX_LENGTH = 1_000_000

/** The number of characters from which a draft is not written at every letter. */
const LARGE = 30_000
const LARGE_AFTER_MS = 250

export interface DraftStoreOptions {
  readonly storage: DraftStorage
  readonly cipher: DraftCipher
  /** The application of these pages. Another application of the same site keeps its own drafts. */
  readonly site: string
  /** One-way key of the user. */
  readonly user: string
  readonly ttlMs: number
  readonly now: () => number
  /** Runs after a write. `isWhole`: the newest version of the draft is kept whole. */
  readonly onKept: (id: string, isWhole: boolean) => void
}

/**
 * The drafts of one person in one tab. Each is `<typedAtMs> <stage> <encrypted draft>`. The stage stands in clear:
 * encryption takes time, and a sent form must be noted at once.
 */
export class DraftStore {
  readonly #options: DraftStoreOptions
  readonly #prefix: string
  /** The newest version of each draft, until it is written. */
  readonly #pending = new Map<string, Draft>()
  readonly #busy = new Set<string>()
  readonly #running = new Set<Promise<void>>()
  /** The drafts in the storage. */
  readonly #kept = new Map<string, { readonly draft: Draft, readonly encrypted: string }>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor (options: DraftStoreOptions) {
    this.#options = options
    this.#prefix = `${prefixOf(options.site)}${encodeURIComponent(options.user)}:`
  }

  /** Reads the drafts of this person. It drops drafts that are another person's, too old, or unreadable. */
  async load (): Promise<Draft[]> {
    const { cipher, site, storage, ttlMs, now } = this.#options
    const drafts = keysOf(storage, site).map(async key => {
      const [, at = '', stage = '', length = '', encrypted = ''] = STORED.exec(storage.getItem(key) ?? '') ?? []
      const isOld = !(Math.abs(now() - Number(at)) < ttlMs)
      const draft = isOld || !key.startsWith(this.#prefix) ? null : parseDraft(await cipher.decrypt(encrypted))
      const id = key.slice(this.#prefix.length)
      if (draft?.id !== id) {
        if (!this.#kept.has(id)) storage.removeItem(key)
        return []
      }
      this.#kept.set(id, { draft, encrypted })
      if (stage !== 'sent' || draft.stage === 'sent') return [draft]
      const held = draft.fields.map(field => field.key)
      const sent = next(draft, { type: 'sent', action: draft.places[0] ?? '', held, historyLength: Number(length) })
      return sent === null ? [] : [sent]
    })
    return (await Promise.all(drafts)).flat()
  }

  save (draft: Draft): void {
    const { id, stage, historyLength = 0 } = draft
    this.#pending.set(id, draft)
    const kept = this.#kept.get(id)
    if (stage === 'sent' && kept !== undefined) {
      this.#put(id, `${draft.typedAtMs} sent:${historyLength} ${kept.encrypted}`)
    }
    const size = draft.fields.reduce((length, field) => length + String(field.value).length, 0)
    if (size < LARGE || stage !== 'typed') this.#write(id)
    else this.#timer ??= setTimeout(() => { this.flush().catch(report) }, LARGE_AFTER_MS)
  }

  /** Writes all pending drafts, and resolves when they are written. */
  async flush (): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const id of this.#pending.keys()) this.#write(id)
    await Promise.all(this.#running)
  }

  drop (id: string): void {
    this.#pending.delete(id)
    this.#kept.delete(id)
    this.#options.storage.removeItem(this.#prefix + id)
  }

  /** Checks whether another page of this tab has dropped the draft meanwhile. */
  isGone (id: string): boolean {
    return this.#kept.has(id) && this.#options.storage.getItem(this.#prefix + id) === null
  }

  dropAll (): void {
    this.#pending.clear()
    this.#kept.clear()
    dropDrafts(this.#options)
  }

  /**
   * Prepares for a page that is left for a sign-out. The next page finds out whether it was one: this may be the
   * question "Really sign out?".
   *
   * @returns false if the drafts must go at once, since anybody could read them until then
   */
  leaveForSignOut (tag: string | null): boolean {
    const { cipher, site, storage } = this.#options
    return cipher.isSecret && tag !== null && put(storage, LEFT + site, tag)
  }

  /**
   * Checks whether the page before this one was left for a sign-out of another session.
   *
   * @param tag the tag of the present session
   */
  isSignedOut (tag: string): boolean {
    const left = takeLeft(this.#options)
    return left !== null && left !== tag
  }

  #write (id: string): void {
    if (this.#busy.has(id)) return
    this.#busy.add(id)
    const running = this.#writePending(id).catch(report)
    this.#running.add(running)
    running.finally(() => this.#running.delete(running)).catch(report)
  }

  async #writePending (id: string): Promise<void> {
    try {
      for (let wanted = this.#pending.get(id); wanted !== undefined; wanted = this.#pending.get(id)) {
        let isWhole = false
        for (let draft: Draft | null = wanted; draft !== null; draft = lighter(draft, this.#kept.get(id)?.draft)) {
          const encrypting = this.#options.cipher.encrypt(writeDraft(draft))
          const encrypted = typeof encrypting === 'string' ? encrypting : await encrypting
          // The draft was dropped, or the person typed on.
          if (this.#pending.get(id) !== wanted) break
          if (!this.#put(id, `${draft.typedAtMs} ${draft.stage} ${encrypted}`)) continue
          this.#kept.set(id, { draft, encrypted })
          isWhole = draft === wanted
          break
        }
        if (this.#pending.get(id) !== wanted) continue
        this.#pending.delete(id)
        this.#options.onKept(id, isWhole)
      }
    } finally {
      // This runs in the same tick in which nothing was pending any more.
      this.#busy.delete(id)
    }
  }

  /** Writes a draft. If there is no room, the earlier version stays. */
  #put (id: string, text: string): boolean {
    return text.length <= MAX_LENGTH && put(this.#options.storage, this.#prefix + id, text)
  }
}

/** The storage of one application's drafts. */
export type SiteStorage = Pick<DraftStoreOptions, 'storage' | 'site'>

/** Drops the drafts of a session that was signed out. A page for nobody calls it. */
export function dropSignedOut (site: SiteStorage): void {
  if (takeLeft(site) !== null) dropDrafts(site)
}

function dropDrafts ({ storage, site }: SiteStorage): void {
  for (const key of keysOf(storage, site)) storage.removeItem(key)
}

function takeLeft ({ storage, site }: SiteStorage): string | null {
  const tag = storage.getItem(LEFT + site)
  if (tag !== null) storage.removeItem(LEFT + site)
  return tag
}

function put (storage: DraftStorage, key: string, value: string): boolean {
  try {
    storage.setItem(key, value)
    return true
  } catch {
    return false
  }
}

function prefixOf (site: string): string {
  return `${DRAFT}${encodeURIComponent(site)}:`
}

function keysOf (storage: DraftStorage, site: string): string[] {
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '')
  return keys.filter(key => key.startsWith(prefixOf(site)))
}
