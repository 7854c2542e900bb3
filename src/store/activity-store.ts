import type { SessionStore } from '@fastify/session'
import type { Session } from 'fastify'
import type { Clock } from '../core/clock.ts'
import { systemClock } from '../core/clock.ts'
import type { EndReason, Terms, Timeouts } from '../core/policy.ts'
import { visitorTerms } from '../core/policy.ts'
import { check } from '../option-checks.ts'
import type { Changes, Contents } from './contents.ts'
import { RECORD_KEY, areOwnData, deserialize, difference, refuseTooLarge, serialize } from './contents.ts'
import type { Handle } from './handle.ts'
import { handleOf } from './handle.ts'
import { SessionLink, linkOf } from './session-link.ts'
import type { StoreLog } from './store-log.ts'
import type { Admission, Cap, ClaimedBatch, EndedSession, Fate, Loaded, Page, PageQuery, SessionVerbs, Settlement, Stats, Touched } from './store.ts'
import { MAX_SESSION_BYTES, liveFate } from './store.ts'
import type { TokenStore } from './token-store.ts'

type Callback<Result> = (error: unknown, result?: Result) => void

/** The terms of a session that was created where no plugin could yet say better. */
const FALLBACK: Timeouts = { warnAfter: 540, expireAfter: 600, absoluteTimeout: 43_200 }

export interface ActivityStoreOptions {
  /** The most bytes that a session's contents may have. Default 65536. */
  readonly maxSessionBytes?: number
  /** This node's clock. For tests. Default: the system's. */
  readonly clock?: Clock
}

/**
 * A store for @fastify/session that keeps activity. This half turns the three calls of @fastify/session into
 * verbs: it names sessions by handle, finds out what a request changed, and keeps *update if alive* apart from
 * *create*. A subclass brings the verbs.
 */
export abstract class ActivityStore implements SessionStore, SessionVerbs {
  /** This node's clock: for how long something took. When something is, the store itself says. */
  readonly clock: Clock
  protected readonly maxSessionBytes: number
  protected log: StoreLog | undefined
  #timeouts: Timeouts | undefined
  #askedId: string | undefined
  #isProbe = false

  constructor (options: ActivityStoreOptions = {}) {
    this.clock = options.clock ?? systemClock
    const { maxSessionBytes = MAX_SESSION_BYTES } = options
    check('maxSessionBytes', maxSessionBytes, 'a whole number of bytes above 0', value => Number.isSafeInteger(value) && Number(value) > 0)
    this.maxSessionBytes = maxSessionBytes
  }

  /** For @fastify/session: the live session, or nothing. Values are fresh copies. */
  get (sessionId: string, callback: Callback<Session | null>): void {
    if (this.#isProbe) {
      this.#askedId = sessionId
      callback(null, null)
      return
    }
    answer(this.#load(sessionId), callback)
  }

  /**
   * For @fastify/session: writes what changed, and nothing when nothing did. A write to a session that ended is
   * dropped without an error, since the request itself has done nothing wrong; the plugin then clears its cookie.
   */
  set (sessionId: string, session: Session, callback: Callback<void>): void {
    answer(this.#save(sessionId, session), callback)
  }

  /** For @fastify/session: a log-out. */
  destroy (sessionId: string, callback: Callback<void>): void {
    answer(this.end(handleOf(sessionId), 'logout').then(() => undefined), callback)
  }

  /** For the plugin: the timeouts of sessions that are created before it can say better, and a log. The strictest stand, and the first. */
  bind (timeouts: Timeouts, log?: StoreLog): void {
    this.log ??= log
    if (this.#timeouts === undefined || timeouts.expireAfter < this.#timeouts.expireAfter) this.#timeouts = timeouts
  }

  /**
   * For the plugin: the id that `lookUp` asks `get` for while it runs, without reading it. Only @fastify/session
   * can tell a signed cookie from a forged one, and it tells by asking the store.
   */
  idAskedBy (lookUp: () => void): string | undefined {
    this.#isProbe = true
    this.#askedId = undefined
    try {
      lookUp()
      return this.#askedId
    } finally {
      this.#isProbe = false
    }
  }

  /** The token registry. */
  abstract readonly tokens: TokenStore
  abstract readonly freshForMs: number
  abstract load (handle: Handle): Promise<Loaded | null>
  abstract create (handle: Handle, contents: Contents, terms: Terms): Promise<Fate>
  abstract update (handle: Handle, changes: Changes, terms?: Terms): Promise<Fate>
  abstract touch (handle: Handle, activityMs: number, terms?: Terms): Promise<Touched>
  abstract settle (handle: Handle, settlement: Settlement): Promise<Fate>
  abstract end (handle: Handle, reason: EndReason): Promise<EndedSession | null>
  abstract claim (handle: Handle): Promise<EndedSession | null>
  abstract claimDue (limit: number): Promise<ClaimedBatch>
  abstract acknowledge (handles: readonly Handle[]): Promise<void>
  abstract find (handle: Handle): Promise<Fate>
  abstract list (query: PageQuery): Promise<Page>
  abstract stats (): Promise<Stats>
  abstract admit (handle: Handle, user: string, cap: Cap, replaces?: Handle): Promise<Admission>
  abstract check (): Promise<void>

  /** Says that something else stands where a session should: it counts as none (G10). What stands there is told to nobody (G9). */
  protected reportUnreadable (handle: Handle): void {
    this.log?.warn({ handle }, 'a stored session cannot be read: it counts as none')
  }

  async #load (sessionId: string): Promise<Session | null> {
    const handle = handleOf(sessionId)
    const loaded = await this.load(handle)
    if (loaded === null) return null
    const { contents } = loaded
    const values = deserialize(contents)
    if (values === null) {
      this.reportUnreadable(handle)
      return null
    }
    values[RECORD_KEY] = new SessionLink(handle, contents, liveFate(loaded.record, loaded.user, loaded.origin, loaded.nowMs), this.clock(), { ...values })
    // The cookie's attributes come from @fastify/session's configuration: a stored copy would outlive a hardening.
    return values as unknown as Session
  }

  async #save (sessionId: string, session: Session): Promise<void> {
    const handle = handleOf(sessionId)
    const link = linkOf(session)
    if (link?.handle === handle && link.isAsLoaded(session)) return
    // One that is saved unchanged may be what several requests made of it together: not this one's to refuse.
    const contents = serialize(session, link?.handle === handle ? Infinity : this.maxSessionBytes)
    if (link?.handle !== handle) {
      const terms = this.#termsOf(contents, session)
      const fate = await this.create(handle, contents, terms)
      session[RECORD_KEY] = new SessionLink(handle, contents, fate, this.clock())
      return
    }
    const changes = difference(link.contents, contents)
    if (changes === null) return
    refuseTooLarge(contents, this.maxSessionBytes)
    const signsIn = !link.isProtected && !areOwnData(link.contents) && areOwnData(contents)
    const fate = await this.update(handle, changes, signsIn ? this.#termsOf(contents, session) : undefined)
    link.saved(contents, fate, this.clock())
  }

  #termsOf (contents: Contents, session: Session): Terms {
    return areOwnData(contents)
      ? { protected: true, ...(this.#timeouts ?? FALLBACK) }
      : visitorTerms(session.cookie?.originalMaxAge)
  }
}

export function isActivityStore (store: unknown): store is ActivityStore {
  return store instanceof ActivityStore
}

/** Answers a callback on a clean stack: what it throws must not look like a failure of the store. */
function answer<Result> (promise: Promise<Result>, callback: Callback<Result>): void {
  promise.then(
    result => process.nextTick(callback, null, result),
    error => process.nextTick(callback, error)
  )
}
