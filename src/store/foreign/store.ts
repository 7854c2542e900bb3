import { randomUUID } from 'node:crypto'
import type { SessionStore } from '@fastify/session'
import { LruMap } from 'toad-cache'
import { isSeconds, toMs } from '../../core/clock.ts'
import type { EndReason } from '../../core/policy.ts'
import type { Timeouts } from '../../core/terms.ts'
import { areSameTimeouts, mergeActivity } from '../../core/policy.ts'
import { NoListingStoreError } from '../../errors.ts'
import { check, isFunction, refuseUnknown } from '../../option-checks.ts'
import type { ActivityStoreOptions } from '../activity-store.ts'
import { ActivityStore } from '../activity-store.ts'
import type { Changes } from '../contents.ts'
import { refuseTooLarge } from '../contents.ts'
import { beginForeign } from './begin.ts'
import { ForeignCalls } from './calls.ts'
import type { ForeignPolicy } from './policy.ts'
import { ForeignSessions } from './sessions.ts'
import { NO_TOKENS } from './tokens.ts'
import { Turns } from './turns.ts'
import type { Handle } from '../handle.ts'
import { recordAt } from '../memory/entry.ts'
import { recordAfter } from '../record-after.ts'
import type {
  Beginning, Begun, ClaimedBatch, EndedSession, FoundSession, LoadActivity, Loaded, Page, Recorded, SessionKey,
  SessionNames, Stats
} from '../store.ts'
import { liveSession, loadedFrom } from '../live-session.ts'
import { checkTime, checkTimeouts } from '../time-checks.ts'

export interface ForeignStoreOptions extends ActivityStoreOptions {
  /** Seconds within which the store must have answered all that one request asks at once. Default 5. */
  readonly commandTimeout?: number
}

const LONGEST_TIMEOUT = 60

/** The most renewed sessions that this process remembers. */
const MOST_RENEWED = 10_000

/** A store of another package, with the verbs of this one. See {@link fromSessionStore}. */
export class ForeignStore extends ActivityStore {
  override readonly canList = false
  /** To ask costs a round trip. */
  readonly freshForMs = 1000
  readonly tokens = NO_TOKENS
  readonly #store: SessionStore
  readonly #timeoutMs: number
  readonly #turns = new Turns()
  /**
   * The moments at which sessions were renewed or signed in to. The new cookie may be on its way to a browser that
   * presents the old one.
   */
  readonly renewedAtMs = new LruMap<number>(MOST_RENEWED)
  readonly #sessions: ForeignSessions

  constructor (store: SessionStore, options: ForeignStoreOptions = {}) {
    super(options)
    refuseUnknown(options, ['commandTimeout', 'maxSessionBytes', 'maxSessionFields', 'clock'])
    const { commandTimeout = 5 } = options
    check('store', store, 'a session store: an object with get(), set() and destroy()', isSessionStore)
    check('commandTimeout', commandTimeout, `a number of seconds above 0, at most ${LONGEST_TIMEOUT}`,
      value => isSeconds(value) && value <= LONGEST_TIMEOUT)
    this.#store = store
    this.#timeoutMs = toMs(commandTimeout)
    this.#sessions = new ForeignSessions(this.timeOfDay, this.clock, handle => this.reportUnreadable(handle))
  }

  /**
   * Gives the store the policy of the plugin. It names the users of older sessions, and notifies ends. Until then those
   * sessions count as anonymous, and no end by a deadline is notified. The plugin calls this at registration; the last
   * call counts.
   */
  bindPolicy (policy: ForeignPolicy): void {
    this.#sessions.policy = policy
  }

  /** The store knows ids and nothing else. */
  override namesOf (sessionId: string): SessionNames {
    return { handle: this.handleOf(sessionId), key: sessionId }
  }

  async load (key: SessionKey, activity: LoadActivity | null): Promise<Loaded> {
    return await this.#turn([key], async calls => {
      const found = await this.#sessions.find(calls, key, activity?.timeouts)
      const renewedAtMs = found.state === 'unknown' ? this.renewedAtMs.get(key) : undefined
      if (renewedAtMs !== undefined) {
        return { state: 'renewed', successors: [], renewedForMs: Math.max(0, this.clock() - renewedAtMs) }
      }
      if (found.state !== 'live') return this.#sessions.sessionOf(key, found)
      const { session, nowMs } = found
      const record = recordAfter(session.record, activity, nowMs)
      const isAdopted = !session.hasRecord && activity !== null && record.isAuthenticated
      if (record !== session.record || isAdopted) await this.#sessions.write(calls, key, { ...session, record })
      const activityBeforeMs = Math.min(session.record.lastActivityMs, nowMs)
      return loadedFrom(session.contents, activityBeforeMs, liveSession(record, session.user, session.device, nowMs))
    })
  }

  async begin (key: SessionKey, beginning: Beginning): Promise<Begun> {
    checkTimeouts(beginning.terms)
    checkTime('startedAtMs', beginning.startedAtMs)
    checkTime('lastActivityMs', beginning.lastActivityMs)
    if (beginning.limit !== undefined) throw new NoListingStoreError('the option "maxSessionsPerUser"')
    const { predecessor } = beginning
    const ids = predecessor === undefined ? [key] : [key, predecessor.key]
    const begun = await this.#turn(ids, async calls => await beginForeign(this.#sessions, calls, key, beginning, this))
    if (predecessor !== undefined && predecessor.becomes !== 'ended' && begun.state === 'begun') {
      this.renewedAtMs.set(predecessor.key, this.clock())
    }
    return begun
  }

  async update (key: SessionKey, { set, remove }: Changes): Promise<FoundSession> {
    return await this.#turn([key], async calls => {
      const found = await this.#sessions.find(calls, key)
      if (found.state !== 'live') return this.#sessions.sessionOf(key, found)
      const { session, nowMs } = found
      const removed = new Set(remove)
      const kept = Object.entries({ ...session.contents, ...set }).filter(([name]) => !removed.has(name))
      const contents = Object.fromEntries(kept)
      refuseTooLarge(contents, this)
      const record = session.record.isAuthenticated ? session.record : recordAt(session.record, nowMs, nowMs)
      await this.#sessions.write(calls, key, { ...session, contents, record })
      return liveSession(record, session.user, session.device, nowMs)
    })
  }

  async recordActivity (key: SessionKey, activityMs: number, timeouts?: Timeouts): Promise<Recorded> {
    checkTime('activityMs', activityMs)
    if (timeouts !== undefined) checkTimeouts(timeouts)
    return await this.#turn([key], async calls => {
      const found = await this.#sessions.find(calls, key)
      if (found.state !== 'live' || !found.session.record.isAuthenticated) return this.#sessions.sessionOf(key, found)
      const { session, session: { record: before, hasRecord }, nowMs } = found
      const lastActivityMs = mergeActivity(before.lastActivityMs, activityMs, nowMs)
      const record = recordAt(before, Math.min(before.startedAtMs, nowMs), lastActivityMs, timeouts)
      const areSameTimes = record.startedAtMs === before.startedAtMs && lastActivityMs === before.lastActivityMs
      const isNew = !areSameTimes || !areSameTimeouts(record, before) || !hasRecord
      if (isNew) await this.#sessions.write(calls, key, { ...session, record })
      return { state: 'recorded', beforeMs: Math.min(before.lastActivityMs, nowMs), lastActivityMs, nowMs }
    })
  }

  /** Returns the end of an expired session, unless another request is notifying it. */
  async end (key: SessionKey, reason: EndReason, by?: string): Promise<readonly EndedSession[]> {
    return await this.#turn([key], async calls => {
      return await this.#sessions.end(calls, key, await this.#sessions.find(calls, key), reason, by)
    })
  }

  async endUser (): Promise<readonly EndedSession[]> {
    throw new NoListingStoreError('endUser()')
  }

  async endOthers (): Promise<readonly EndedSession[]> {
    throw new NoListingStoreError('endOtherSessions()')
  }

  /** Nobody can look for sessions here. */
  async claimEnds (): Promise<ClaimedBatch> {
    return { sessions: [], more: false, lagMs: 0 }
  }

  /** Drops what is kept of sessions whose end by a deadline this process has notified. */
  async acknowledge (handles: readonly Handle[]): Promise<void> {
    await Promise.all(handles.map(async handle => {
      const id = this.#sessions.claimedIdOf(handle)
      if (id !== undefined) await this.#turn([id], async calls => await this.#sessions.forget(calls, id, handle))
    }))
  }

  async find (key: SessionKey): Promise<FoundSession> {
    return await this.#turn([key], async calls => this.#sessions.sessionOf(key, await this.#sessions.find(calls, key)))
  }

  async list (): Promise<Page> {
    throw new NoListingStoreError('list()')
  }

  async stats (): Promise<Stats> {
    throw new NoListingStoreError('stats()')
  }

  /** Proves that the store can be read, and no more. Nobody would remove a value that a proof wrote. */
  async check (): Promise<void> {
    await this.#calls().get(randomUUID())
  }

  /** Runs a verb in its turn. The timeout counts from here, so that no verb waits longer for its turn. */
  #turn<Result> (ids: readonly string[], work: (calls: ForeignCalls) => Promise<Result>): Promise<Result> {
    const calls = this.#calls()
    return this.#turns.take(ids, async () => await work(calls))
  }

  #calls (): ForeignCalls {
    return new ForeignCalls(this.#store, this.#timeoutMs)
  }
}

function isSessionStore (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['get', 'set', 'destroy'].every(method => isFunction(Reflect.get(value, method)))
}
