import { isSeconds, toMs } from '../core/clock.ts'
import type { EndReason, Terms } from '../core/policy.ts'
import { settleRecord, standingOf, startRecord, touchRecord } from '../core/policy.ts'
import { Agenda } from './agenda.ts'
import { check, refuseUnknown } from '../option-checks.ts'
import type { ActivityStoreOptions } from './activity-store.ts'
import { ActivityStore } from './activity-store.ts'
import type { Changes, Contents } from './contents.ts'
import { refuseTooLarge } from './contents.ts'
import type { Handle } from './handle.ts'
import type { EndedEntry, LiveEntry, MemoryEntry } from './memory-entry.ts'
import { endedEntry, fateOf, nextMomentMs } from './memory-entry.ts'
import { pageOf } from './memory-page.ts'
import type { ClaimedBatch, EndedSession, Fate, Loaded, Page, PageQuery, Settlement } from './store.ts'
import { CLAIM_LEASE_MS, RETENTION_SECONDS, VISITOR_RETENTION_SECONDS } from './store.ts'

export interface MemoryStoreOptions extends ActivityStoreOptions {
  /** Seconds for which an ended session stays known. Default 86400. */
  readonly retention?: number
}

/** What may differ between one end and another: when it was, and whose it is to tell. */
interface Claim {
  readonly endedAtMs?: number
  readonly claimedUntilMs: number
  readonly taken?: boolean
}

/**
 * The embedded default: sessions in this process's memory, for one process. They are gone when it ends.
 *
 * Each entry has one next moment (its deadline; the end of a claim; the end of the retention), and an agenda tells
 * the sweep where to look. A touch only moves the moment away and leaves the agenda alone: the appointment is then
 * found to be early and made again, at most once per idle timeout and session.
 */
export class MemoryStore extends ActivityStore {
  readonly freshForMs = 0
  readonly #retentionMs: number
  readonly #entries = new Map<Handle, MemoryEntry>()
  readonly #agenda = new Agenda()
  #created = 0

  constructor (options: MemoryStoreOptions = {}) {
    super(options)
    refuseUnknown(options, ['retention', 'maxSessionBytes', 'clock'])
    const { retention = RETENTION_SECONDS } = options
    check('retention', retention, 'a number of seconds above 0', isSeconds)
    this.#retentionMs = toMs(retention)
  }

  /** How many sessions are held: live ones, and ended ones within the retention. */
  get size (): number {
    return this.#entries.size
  }

  async load (handle: Handle): Promise<Loaded | null> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    return entry === undefined ? null : { contents: entry.contents, record: entry.record, user: entry.user, nowMs }
  }

  async create (handle: Handle, contents: Contents, terms: Terms): Promise<Fate> {
    const nowMs = this.clock()
    this.#tidy(nowMs)
    const entry = this.#live(handle, nowMs)
    if (entry !== undefined) this.#keep(handle, { ...entry, contents })
    else if (!this.#entries.has(handle)) this.#keep(handle, { state: 'live', seq: ++this.#created, contents, record: startRecord(terms, nowMs), user: undefined })
    return this.#fate(handle, nowMs)
  }

  async update (handle: Handle, changes: Changes, terms?: Terms): Promise<Fate> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    if (entry !== undefined) {
      const contents = Object.fromEntries(Object.entries({ ...entry.contents, ...changes.set })
        .filter(([key]) => !changes.remove.includes(key)))
      refuseTooLarge(contents, this.maxSessionBytes)
      const restarts = !entry.record.protected
      const record = restarts ? startRecord(terms ?? entry.record, nowMs) : entry.record
      this.#keep(handle, { ...entry, contents, record })
    }
    return this.#fate(handle, nowMs)
  }

  async touch (handle: Handle, activityMs: number, terms?: Terms): Promise<Fate> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    if (entry?.record.protected === true) {
      this.#keep(handle, { ...entry, record: touchRecord(entry.record, activityMs, nowMs, terms) })
    }
    return this.#fate(handle, nowMs)
  }

  async settle (handle: Handle, { terms, user, startedAtMs, replaces }: Settlement): Promise<Fate> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    if (entry !== undefined) {
      const record = settleRecord(entry.record, terms, nowMs, startedAtMs)
      this.#keep(handle, { ...entry, record, user: user ?? entry.user })
      if (replaces !== undefined) this.#replace(replaces, handle, nowMs)
    }
    return this.#fate(handle, nowMs)
  }

  async end (handle: Handle, reason: EndReason): Promise<EndedSession | null> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    if (entry !== undefined) return this.#end(handle, entry, reason, nowMs, { claimedUntilMs: nowMs + CLAIM_LEASE_MS })
    const over = this.#entries.get(handle)
    if (over?.state === 'ended') this.#keep(handle, { ...over, contested: true })
    return over?.state === 'replaced' && over.by !== undefined ? await this.end(over.by, reason) : null
  }

  async claim (handle: Handle): Promise<EndedSession | null> {
    const nowMs = this.clock()
    this.#live(handle, nowMs)
    const entry = this.#entries.get(handle)
    if (entry?.state !== 'ended' || entry.taken) return null
    return this.#take(handle, entry, nowMs)
  }

  async claimDue (limit: number): Promise<ClaimedBatch> {
    const nowMs = this.clock()
    const sessions: EndedSession[] = []
    for (let looked = 0; looked < limit && this.#agenda.isDue(nowMs); looked++) {
      const handle = this.#agenda.take()
      const claimed = handle === undefined ? null : this.#claim(handle, nowMs)
      if (claimed !== null) sessions.push(claimed)
    }
    return { sessions, more: this.#agenda.isDue(nowMs) }
  }

  async acknowledge (handles: readonly Handle[]): Promise<void> {
    for (const handle of handles) {
      const entry = this.#entries.get(handle)
      if (entry?.state === 'ended') this.#keep(handle, { ...entry, taken: true, claimedUntilMs: Infinity })
    }
  }

  async find (handle: Handle): Promise<Fate> {
    return this.#fate(handle, this.clock())
  }

  async list (query: PageQuery): Promise<Page> {
    return pageOf(this.#entries, query, this.clock())
  }

  /** Memory is never away. */
  async check (): Promise<void> {}

  /** The entry, if it is alive; one found past its deadline is ended on the spot, for the sweep to claim. */
  #live (handle: Handle, nowMs: number): LiveEntry | undefined {
    const entry = this.#entries.get(handle)
    if (entry?.state !== 'live') return undefined
    const standing = standingOf(entry.record, nowMs)
    if (standing.state !== 'ended') return entry
    this.#end(handle, entry, standing.reason, nowMs, { endedAtMs: standing.deadlineMs, claimedUntilMs: nowMs })
    return undefined
  }

  #fate (handle: Handle, nowMs: number): Fate {
    this.#live(handle, nowMs)
    return fateOf(this.#entries.get(handle), nowMs)
  }

  #end (handle: Handle, entry: LiveEntry, reason: EndReason, nowMs: number, claim: Claim): EndedSession | null {
    if (!entry.record.protected) {
      if (claim.endedAtMs === undefined) this.#keep(handle, { state: 'replaced', by: undefined, forgetAtMs: nowMs + Math.min(this.#retentionMs, toMs(VISITOR_RETENTION_SECONDS)) })
      else this.#forget(handle)
      return null
    }
    const ended = endedEntry(handle, entry, reason, { endedAtMs: nowMs, forgetAtMs: nowMs + this.#retentionMs, ...claim })
    this.#keep(handle, ended)
    return ended.ended
  }

  #take (handle: Handle, entry: EndedEntry, nowMs: number): EndedSession {
    this.#keep(handle, { ...entry, taken: true, claimedUntilMs: nowMs + CLAIM_LEASE_MS })
    return entry.ended
  }

  /** Does what the moment asks for, and makes the next appointment. Answers only when there is an end to tell. */
  #claim (handle: Handle, nowMs: number): EndedSession | null {
    const entry = this.#entries.get(handle)
    if (entry?.state === 'live') {
      const standing = standingOf(entry.record, nowMs)
      const claim = { taken: true, claimedUntilMs: nowMs + CLAIM_LEASE_MS }
      if (standing.state === 'ended') return this.#end(handle, entry, standing.reason, nowMs, { endedAtMs: standing.deadlineMs, ...claim })
    }
    if (entry === undefined || (entry.state !== 'live' && entry.forgetAtMs <= nowMs)) {
      this.#forget(handle)
      return null
    }
    if (entry.state === 'ended' && entry.claimedUntilMs <= nowMs) return this.#take(handle, entry, nowMs)
    this.#keep(handle, entry)
    return null
  }

  #replace (handle: Handle, successor: Handle, nowMs: number): void {
    const old = this.#entries.get(handle)
    if (old?.state === 'replaced' && old.by !== undefined && old.by !== successor) return this.#replace(old.by, successor, nowMs)
    if (old?.state === 'replaced' && old.by === successor) return
    const isSignedOut = old?.state === 'ended' && old.ended.reason === 'logout' && !old.contested
    if (isSignedOut || old?.state === 'live') {
      this.#keep(handle, { state: 'replaced', by: successor, forgetAtMs: nowMs + this.#retentionMs })
      return
    }
    const heir = this.#live(successor, nowMs)
    if (heir !== undefined) this.#end(successor, heir, old?.state === 'ended' ? old.ended.reason : 'logout', nowMs, { claimedUntilMs: nowMs })
  }

  #keep (handle: Handle, entry: MemoryEntry): void {
    this.#entries.set(handle, entry)
    this.#agenda.appoint(handle, nextMomentMs(entry))
  }

  #forget (handle: Handle): void {
    this.#entries.delete(handle)
    this.#agenda.cancel(handle)
  }

  /** Stays bounded where no sweep runs: each new session clears away up to two whose time has long passed. */
  #tidy (nowMs: number): void {
    const longAgoMs = nowMs - this.#retentionMs
    for (let looked = 0; looked < 2 && this.#agenda.isDue(longAgoMs); looked++) {
      const handle = this.#agenda.take()
      if (handle === undefined) continue
      const entry = this.#entries.get(handle)
      if (entry !== undefined && nextMomentMs(entry) > longAgoMs) this.#keep(handle, entry)
      else this.#forget(handle)
    }
  }
}
