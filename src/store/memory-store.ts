import { isSeconds, toMs } from '../core/clock.ts'
import type { EndReason, Terms } from '../core/policy.ts'
import { settleRecord, standingOf, startRecord, touchRecord } from '../core/policy.ts'
import { check, refuseUnknown } from '../option-checks.ts'
import type { ActivityStoreOptions } from './activity-store.ts'
import { ActivityStore } from './activity-store.ts'
import type { Changes, Contents } from './contents.ts'
import { refuseTooLarge } from './contents.ts'
import type { Handle } from './handle.ts'
import type { Claim, EndedEntry, LiveEntry } from './memory-entry.ts'
import { endedEntry, fateOf, nextMomentMs, replacedEntry, withRecord } from './memory-entry.ts'
import { pageOf, statsOf } from './memory-page.ts'
import { MemorySessions } from './memory-sessions.ts'
import { MemoryTokens } from './memory-tokens.ts'
import type { Admission, Cap, ClaimedBatch, EndedSession, Fate, Loaded, Page, PageQuery, Settlement, Stats, Touched } from './store.ts'
import { CLAIM_LEASE_MS, loadedFrom, RETENTION_SECONDS, VISITOR_RETENTION_SECONDS } from './store.ts'

export interface MemoryStoreOptions extends ActivityStoreOptions {
  /** Seconds for which an ended session stays known. Default 86400. */
  readonly retention?: number
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
  readonly tokens: MemoryTokens
  readonly #retentionMs: number
  readonly #sessions = new MemorySessions()
  #created = 0

  constructor (options: MemoryStoreOptions = {}) {
    super(options)
    refuseUnknown(options, ['retention', 'maxSessionBytes', 'clock'])
    const { retention = RETENTION_SECONDS } = options
    check('retention', retention, 'a number of seconds above 0', isSeconds)
    this.#retentionMs = toMs(retention)
    this.tokens = new MemoryTokens(this.clock)
  }

  /** How many sessions are held: live ones, and ended ones within the retention. */
  get size (): number {
    return this.#sessions.size
  }

  async load (handle: Handle): Promise<Loaded | null> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    return entry === undefined ? null : loadedFrom(entry.contents, entry.record, entry.user, entry.origin, nowMs)
  }

  async create (handle: Handle, contents: Contents, terms: Terms): Promise<Fate> {
    const nowMs = this.clock()
    this.#tidy(nowMs)
    const entry = this.#live(handle, nowMs)
    if (entry !== undefined) this.#sessions.keep(handle, { ...entry, contents })
    else if (this.#sessions.get(handle) === undefined) this.#sessions.keep(handle, { state: 'live', seq: ++this.#created, contents, record: startRecord(terms, nowMs), user: undefined })
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
      this.#sessions.keep(handle, { ...entry, contents, record })
    }
    return this.#fate(handle, nowMs)
  }

  async touch (handle: Handle, activityMs: number, terms?: Terms): Promise<Touched> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    if (entry?.record.protected !== true) return this.#fate(handle, nowMs)
    const record = touchRecord(entry.record, activityMs, nowMs, terms)
    this.#sessions.keep(handle, withRecord(entry, record))
    return { state: 'touched', beforeMs: entry.record.lastActivityMs, lastActivityMs: record.lastActivityMs, nowMs }
  }

  async settle (handle: Handle, { terms, user, origin, startedAtMs, replaces }: Settlement): Promise<Fate> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    if (entry !== undefined) {
      const record = settleRecord(entry.record, terms, nowMs, startedAtMs)
      this.#sessions.keep(handle, { ...entry, record, user: user ?? entry.user, ...(origin === undefined ? {} : { origin }) })
      if (replaces !== undefined) this.#replace(replaces, handle, nowMs)
    }
    return this.#fate(handle, nowMs)
  }

  async end (handle: Handle, reason: EndReason): Promise<EndedSession | null> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    if (entry !== undefined) return this.#end(handle, entry, reason, nowMs, { claimedUntilMs: nowMs + CLAIM_LEASE_MS })
    const over = this.#sessions.get(handle)
    if (over?.state === 'ended') this.#sessions.keep(handle, { ...over, contested: true })
    return over?.state === 'replaced' && over.by !== undefined ? await this.end(over.by, reason) : null
  }

  async claim (handle: Handle): Promise<EndedSession | null> {
    const nowMs = this.clock()
    this.#live(handle, nowMs)
    const entry = this.#sessions.get(handle)
    if (entry?.state !== 'ended' || entry.taken) return null
    return this.#take(handle, entry, nowMs)
  }

  async claimDue (limit: number): Promise<ClaimedBatch> {
    const nowMs = this.clock()
    const sessions: EndedSession[] = []
    this.tokens.tidy()
    for (let looked = 0; looked < limit && this.#sessions.isDue(nowMs); looked++) {
      const handle = this.#sessions.takeDue()
      const claimed = handle === undefined ? null : this.#claim(handle, nowMs)
      if (claimed !== null) sessions.push(claimed)
    }
    return { sessions, more: this.#sessions.isDue(nowMs) }
  }

  async acknowledge (handles: readonly Handle[]): Promise<void> {
    for (const handle of handles) {
      const entry = this.#sessions.get(handle)
      if (entry?.state === 'ended') this.#sessions.keep(handle, { ...entry, taken: true, claimedUntilMs: Infinity })
    }
  }

  async find (handle: Handle): Promise<Fate> {
    return this.#fate(handle, this.clock())
  }

  async list (query: PageQuery): Promise<Page> {
    return pageOf(query.user === undefined ? this.#sessions.all() : this.#sessions.of(query.user), query, this.clock())
  }

  async stats (): Promise<Stats> {
    return statsOf(this.#sessions.all(), this.clock())
  }

  /** The user is noted at once, so that the next one who asks counts this session too. */
  async admit (handle: Handle, user: string, { max, whenFull }: Cap, replaces?: Handle): Promise<Admission> {
    const nowMs = this.clock()
    const entry = this.#live(handle, nowMs)
    if (entry === undefined || entry.user === user) return { isAdmitted: true, displaced: [] }
    const others = this.#liveOf(user, nowMs).filter(([other]) => other !== replaces)
    const excess = others.length + 1 - max
    if (excess > 0 && whenFull === 'refuse') return { isAdmitted: false, displaced: [] }
    const displaced = others.slice(0, Math.max(0, excess))
      .map(([other, old]) => this.#end(other, old, 'displaced', nowMs, { claimedUntilMs: nowMs + CLAIM_LEASE_MS }))
    this.#sessions.keep(handle, { ...entry, user })
    return { isAdmitted: true, displaced: displaced.filter(ended => ended !== null) }
  }

  /** Memory is never away. */
  async check (): Promise<void> {}

  /** The entry, if it is alive; one found past its deadline is ended on the spot, for the sweep to claim. */
  #live (handle: Handle, nowMs: number): LiveEntry | undefined {
    const entry = this.#sessions.get(handle)
    if (entry?.state !== 'live') return undefined
    const standing = standingOf(entry.record, nowMs)
    if (standing.state !== 'ended') return entry
    this.#end(handle, entry, standing.reason, nowMs, { endedAtMs: standing.deadlineMs, claimedUntilMs: nowMs })
    return undefined
  }

  /** Those of a user, the one that began first in front. */
  #liveOf (user: string, nowMs: number): Array<readonly [Handle, LiveEntry]> {
    return [...this.#sessions.of(user)]
      .flatMap(([handle]) => {
        const entry = this.#live(handle, nowMs)
        return entry === undefined ? [] : [[handle, entry] as const]
      })
      .sort(([, a], [, b]) => a.record.startedAtMs - b.record.startedAtMs || a.seq - b.seq)
  }

  #fate (handle: Handle, nowMs: number): Fate {
    this.#live(handle, nowMs)
    return fateOf(this.#sessions.get(handle), nowMs)
  }

  #end (handle: Handle, entry: LiveEntry, reason: EndReason, nowMs: number, claim: Claim): EndedSession | null {
    if (!entry.record.protected) {
      if (claim.endedAtMs === undefined) this.#sessions.keep(handle, replacedEntry(entry, undefined, nowMs, Math.min(this.#retentionMs, toMs(VISITOR_RETENTION_SECONDS))))
      else this.#sessions.forget(handle)
      return null
    }
    const ended = endedEntry(handle, entry, reason, { endedAtMs: nowMs, forgetAtMs: nowMs + this.#retentionMs, ...claim })
    this.#sessions.keep(handle, ended)
    return ended.ended
  }

  #take (handle: Handle, entry: EndedEntry, nowMs: number): EndedSession {
    this.#sessions.keep(handle, { ...entry, taken: true, claimedUntilMs: nowMs + CLAIM_LEASE_MS })
    return entry.ended
  }

  /** Does what the moment asks for, and makes the next appointment. Answers only when there is an end to tell. */
  #claim (handle: Handle, nowMs: number): EndedSession | null {
    const entry = this.#sessions.get(handle)
    if (entry?.state === 'live') {
      const standing = standingOf(entry.record, nowMs)
      const claim = { taken: true, claimedUntilMs: nowMs + CLAIM_LEASE_MS }
      if (standing.state === 'ended') return this.#end(handle, entry, standing.reason, nowMs, { endedAtMs: standing.deadlineMs, ...claim })
    }
    if (entry === undefined || (entry.state !== 'live' && entry.forgetAtMs <= nowMs)) {
      this.#sessions.forget(handle)
      return null
    }
    if (entry.state === 'ended' && entry.claimedUntilMs <= nowMs) return this.#take(handle, entry, nowMs)
    this.#sessions.keep(handle, entry)
    return null
  }

  #replace (handle: Handle, successor: Handle, nowMs: number): void {
    const old = this.#sessions.get(handle)
    if (old?.state === 'replaced' && old.by !== undefined && old.by !== successor) return this.#replace(old.by, successor, nowMs)
    if (old?.state === 'replaced' && old.by === successor) return
    const isSignedOut = old?.state === 'ended' && old.ended.reason === 'logout' && !old.contested
    if (isSignedOut || old?.state === 'live') {
      this.#sessions.keep(handle, replacedEntry(old, successor, nowMs, this.#retentionMs))
      return
    }
    const heir = this.#live(successor, nowMs)
    if (heir !== undefined) this.#end(successor, heir, old?.state === 'ended' ? old.ended.reason : 'logout', nowMs, { claimedUntilMs: nowMs })
  }

  /** Stays bounded where no sweep runs: each new session clears away up to two whose time has long passed. */
  #tidy (nowMs: number): void {
    const longAgoMs = nowMs - this.#retentionMs
    for (let looked = 0; looked < 2 && this.#sessions.isDue(longAgoMs); looked++) {
      const handle = this.#sessions.takeDue()
      if (handle === undefined) continue
      const entry = this.#sessions.get(handle)
      if (entry !== undefined && nextMomentMs(entry) > longAgoMs) this.#sessions.keep(handle, entry)
      else this.#sessions.forget(handle)
    }
  }
}
