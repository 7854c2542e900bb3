import { toMs } from '../../core/clock.ts'
import type { EndReason } from '../../core/policy.ts'
import type { Timeouts } from '../../core/terms.ts'
import { mergeActivity } from '../../core/policy.ts'
import { refuseUnknown } from '../../option-checks.ts'
import type { ActivityStoreOptions } from '../activity-store.ts'
import { ActivityStore } from '../activity-store.ts'
import type { Changes, Contents } from '../contents.ts'
import { refuseTooLarge } from '../contents.ts'
import type { Handle } from '../handle.ts'
import { beginIn } from './begin.ts'
import { recordAt, withRecord } from './entry.ts'
import type { LiveMember } from './lifecycle.ts'
import { MemoryFamilies } from './families.ts'
import { MemoryLifecycle } from './lifecycle.ts'
import { MemorySweep } from './sweep.ts'
import { pageOf, statsOf } from './page.ts'
import { MemoryRevocations } from './revocations.ts'
import { MemorySessions } from './sessions.ts'
import { MemoryTokens } from './tokens.ts'
import { recordAfter } from '../record-after.ts'
import type {
  Beginning, Begun, ClaimedBatch, EndUserQuery, EndedSession, FoundSession, LoadActivity, Loaded, Page, PageQuery,
  Recorded, SessionKey, Stats
} from '../store.ts'
import { liveSession, loadedFrom } from '../live-session.ts'
import { MARK_LIFE_MS, RETENTION_SECONDS, checkRetention } from '../limits.ts'
import { checkTime, checkTimeouts } from '../time-checks.ts'
import type { EndSubscription, WatchedSession } from '../watched.ts'

export interface MemoryStoreOptions extends ActivityStoreOptions {
  /**
   * Seconds for which an ended session keeps its tombstone. The latest {@link TOMBSTONES_PER_USER} of each user stay so
   * long, and lists of that user show them. An older one stays, in the list of all, until its end is acknowledged, and
   * for ten minutes. Default 86400.
   */
  readonly retention?: number | undefined
}

/** The ms by which a clock may go back before a sweep corrects all sessions. */
const UNEVEN_MS = 1000

/**
 * The embedded default: sessions in this process's memory, for one process. They are gone when it ends.
 *
 * Each entry has one next moment (its deadline; the end of a claim; the end of the retention), and an agenda says
 * where the sweep must look. An activity only moves the moment away and leaves the agenda alone: the sweep then finds
 * that the appointment is early and makes it again, at most once per idle timeout and session.
 */
export class MemoryStore extends ActivityStore {
  readonly freshForMs = 0
  readonly tokens: MemoryTokens
  readonly #sessions = new MemorySessions()
  readonly #revocations = new MemoryRevocations()
  readonly #lifecycle: MemoryLifecycle
  readonly #families: MemoryFamilies
  readonly #sweep: MemorySweep
  /** The latest time that the clock has shown since a sweep corrected the entries. */
  #latestMs = -Infinity

  constructor (options: MemoryStoreOptions = {}) {
    super(options)
    refuseUnknown(options, ['retention', 'maxSessionBytes', 'maxSessionFields', 'clock'])
    const { retention = RETENTION_SECONDS } = options
    checkRetention(retention)
    this.#lifecycle = new MemoryLifecycle(this.#sessions, toMs(retention))
    this.#families = new MemoryFamilies(this.#sessions, this.#lifecycle)
    this.#sweep = new MemorySweep(this.#sessions, this.#lifecycle)
    this.tokens = new MemoryTokens(this.timeOfDay)
  }

  /** The number of sessions: live ones, and tombstones within the retention. */
  get size (): number {
    return this.#sessions.size
  }

  async load (key: SessionKey, activity: LoadActivity | null): Promise<Loaded> {
    const nowMs = this.#now()
    const entry = this.#lifecycle.live(key, nowMs)
    if (entry === undefined) return this.#families.over(key, nowMs)
    const { contents, record: before, user, device } = entry
    const record = activity === null ? before : recordAfter(before, activity, nowMs)
    if (record !== before) this.#sessions.keep(key, withRecord(entry, record))
    return loadedFrom(contents, before.lastActivityMs, liveSession(record, user, device, nowMs))
  }

  async begin (key: SessionKey, beginning: Beginning): Promise<Begun> {
    checkTimeouts(beginning.terms)
    checkTime('startedAtMs', beginning.startedAtMs)
    checkTime('lastActivityMs', beginning.lastActivityMs)
    const nowMs = this.#now()
    this.#sweep.tidy(nowMs)
    const now = this.arrival()
    const { order, atMs } = beginning.arrival ?? now
    const isSignedIn = beginning.user !== undefined && beginning.terms.isAuthenticated
    if (isSignedIn && now.atMs - atMs > MARK_LIFE_MS) return { state: 'revoked' } // no mark is so old
    const memory = {
      sessions: this.#sessions,
      lifecycle: this.#lifecycle,
      families: this.#families,
      revocations: this.#revocations,
      limits: this
    }
    return beginIn(memory, key, beginning, order, nowMs)
  }

  async update (key: SessionKey, changes: Changes): Promise<FoundSession> {
    const nowMs = this.#now()
    const entry = this.#lifecycle.live(key, nowMs)
    if (entry !== undefined) {
      const contents = changed(entry.contents, changes)
      refuseTooLarge(contents, this)
      const record = entry.record.isAuthenticated ? entry.record : recordAt(entry.record, nowMs, nowMs)
      this.#sessions.keep(key, { ...entry, contents, record })
    }
    return this.#families.find(key, nowMs)
  }

  async recordActivity (key: SessionKey, activityMs: number, timeouts?: Timeouts): Promise<Recorded> {
    checkTime('activityMs', activityMs)
    if (timeouts !== undefined) checkTimeouts(timeouts)
    const nowMs = this.#now()
    const entry = this.#lifecycle.live(key, nowMs)
    if (entry?.record.isAuthenticated !== true) return this.#families.find(key, nowMs)
    const { record } = entry
    const lastActivityMs = mergeActivity(record.lastActivityMs, activityMs, nowMs)
    const after = recordAt(record, Math.min(record.startedAtMs, nowMs), lastActivityMs, timeouts)
    this.#sessions.keep(key, withRecord(entry, after))
    return { state: 'recorded', beforeMs: record.lastActivityMs, lastActivityMs, nowMs }
  }

  async end (key: SessionKey, reason: EndReason, by?: string): Promise<readonly EndedSession[]> {
    const nowMs = this.#now()
    const ending = reason === 'logout' ? this.#families.signedOutWith(key, nowMs) : this.#families.living(key, nowMs)
    return this.#lifecycle.end(ending, reason, nowMs, by)
  }

  async endUser (
    user: string, reason: EndReason, { except = [], by }: EndUserQuery = {}
  ): Promise<readonly EndedSession[]> {
    const nowMs = this.#now()
    const spared = except.flatMap(key => {
      const line = this.#families.lineOf(key, nowMs)
      return line?.[1].user === user ? [line] : []
    })
    return this.#endBut(spared, user, reason, by, nowMs)
  }

  async endOthers (
    key: SessionKey, user: string, reason: EndReason, by?: string
  ): Promise<readonly EndedSession[] | null> {
    const nowMs = this.#now()
    const own = this.#lifecycle.live(key, nowMs)
    if (own?.user !== user) return null
    return this.#endBut([[key, this.#families.sever(key, own)]], user, reason, by, nowMs)
  }

  async claimEnds (limit: number): Promise<ClaimedBatch> {
    const nowMs = this.#now()
    this.#setRight(nowMs)
    this.tokens.tidy()
    return this.#sweep.claim(limit, nowMs)
  }

  async acknowledge (handles: readonly Handle[]): Promise<void> {
    for (const handle of handles) this.#lifecycle.tombstones.acknowledge(handle)
  }

  async find (key: SessionKey): Promise<FoundSession> {
    return this.peek(key)
  }

  override peek (key: SessionKey): FoundSession {
    return this.#families.find(key, this.#now())
  }

  override async watch (keys: readonly SessionKey[]): Promise<readonly WatchedSession[]> {
    const nowMs = this.#now()
    return keys.map(key => ({ session: this.#families.find(key, nowMs), family: this.#sessions.familyOf(key) }))
  }

  override subscribeToEnds (onEnd: (family: SessionKey) => void): EndSubscription {
    this.#sessions.listeners.add(onEnd)
    return { add: async () => true, remove () {}, close: () => { this.#sessions.listeners.delete(onEnd) } }
  }

  async list (query: PageQuery): Promise<Page> {
    const { user, state } = query
    if (user === undefined) {
      return pageOf(state === 'live' ? this.#sessions.live() : this.#sessions.all(), query, this.#now())
    }
    const entries = [...this.#sessions.of(user, 'live'), ...state === 'live' ? [] : this.#sessions.of(user, 'ended')]
    return pageOf(entries.sort(([, a], [, b]) => a.seq - b.seq), query, this.#now())
  }

  async stats (): Promise<Stats> {
    return statsOf(this.#sessions.liveOrUnswept(), this.#sessions.counts, this.#now())
  }

  /** Resolves: memory is always there. */
  async check (): Promise<void> {}

  #endBut (
    spared: readonly LiveMember[], user: string, reason: EndReason, by: string | undefined, nowMs: number
  ): EndedSession[] {
    const { order } = this.arrival()
    this.#revocations.mark(user, order, nowMs)
    for (const [key, entry] of spared) this.#sessions.keep(key, { ...entry, began: order })
    const over = this.#lifecycle.liveOf(user, nowMs).filter(([, { began }]) => began < order)
    return this.#lifecycle.end(over, reason, nowMs, by)
  }

  /** Returns the time of day. */
  #now (): number {
    const nowMs = this.timeOfDay()
    this.#latestMs = Math.max(nowMs, this.#latestMs)
    return nowMs
  }

  /**
   * Corrects the entries after the clock was set back. Their moments lie too far ahead, and no sweep would come to
   * them.
   */
  #setRight (nowMs: number): void {
    if (nowMs >= this.#latestMs - UNEVEN_MS) return
    this.#sweep.setRight(nowMs)
    this.#latestMs = nowMs
  }
}

function changed (contents: Contents, { set, remove }: Changes): Contents {
  const removed = new Set(remove)
  return Object.fromEntries(Object.entries({ ...contents, ...set }).filter(([key]) => !removed.has(key)))
}
