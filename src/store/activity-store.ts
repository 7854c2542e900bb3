import { auditUnrecorded } from '../diagnostics/audit.ts'
import type { Clock } from '../core/clock.ts'
import { steadyClock, systemClock } from '../core/clock.ts'
import type { EndReason } from '../core/policy.ts'
import type { Timeouts } from '../core/terms.ts'
import type { Via } from '../diagnostics/audit-event.ts'
import { check, isFunction } from '../option-checks.ts'
import type { ApplicationMarks } from './application-marks.ts'
import type { Changes, ContentsLimits } from './contents.ts'
import type { Handle } from './handle.ts'
import { handleOf } from './handle.ts'
import type { StoreLog } from './store-log.ts'
import type {
  Arrival, Beginning, Begun, ClaimedBatch, Device, EndUserQuery, EndedSession, FoundSession, LoadActivity, Loaded,
  Page, PageQuery, Recorded, SessionKey, SessionNames, SessionVerbs, Stats
} from './store.ts'
import { MAX_SESSION_BYTES, MAX_SESSION_FIELDS } from './limits.ts'
import { checkedClock } from './time-checks.ts'
import type { TokenStore } from './token-store.ts'
import { LoggedHandles } from './logged-handles.ts'
import type { EndSubscription, WatchedAnswers } from './watched.ts'
import { answeredEach } from './watched.ts'

export interface ActivityStoreOptions {
  /** The most bytes that a session's contents may have. Default 65536. */
  readonly maxSessionBytes?: number | undefined
  /** The most top-level keys that a session's contents may have. Default 1000. */
  readonly maxSessionFields?: number | undefined
  /** This node's clock. For tests. Default: the system's. */
  readonly clock?: Clock | undefined
}

/** The session of an unrecorded activity, as far as it is known. */
export interface Unrecorded {
  readonly handle: Handle
  readonly user?: string | undefined
  readonly device?: Device | undefined
}

/** The parts that all stores of this package have in common. A subclass adds the verbs. */
export abstract class ActivityStore implements SessionVerbs, ContentsLimits {
  /** This node's steady clock: it measures how long something took. The store itself says when something is. */
  readonly clock: Clock
  readonly maxSessionBytes: number
  readonly maxSessionFields: number
  readonly canList: boolean = true
  /** Whether a server of the store tells the time. No clock of this process moves that. */
  readonly hasOwnTime: boolean = false
  /** The lines that the log has of single sessions. */
  readonly logged = new LoggedHandles()
  protected log: StoreLog | undefined
  /** The time of day, for a store without a clock of its own. Somebody may set it meanwhile. */
  readonly timeOfDay: Clock
  /** The clock `clock` with fractions. */
  readonly #elapsedMs: Clock
  #arrivals = 0

  constructor (options: ActivityStoreOptions = {}) {
    const { maxSessionBytes = MAX_SESSION_BYTES, maxSessionFields = MAX_SESSION_FIELDS } = options
    check('clock', options.clock, 'a function', value => value === undefined || isFunction(value))
    const clock = options.clock === undefined ? undefined : checkedClock(options.clock)
    this.clock = clock ?? steadyClock
    this.timeOfDay = clock ?? systemClock
    this.#elapsedMs = clock ?? (() => performance.now())
    check('maxSessionBytes', maxSessionBytes, 'a whole number of bytes above 0', isCount)
    check('maxSessionFields', maxSessionFields, 'a whole number of fields above 0', isCount)
    this.maxSessionBytes = maxSessionBytes
    this.maxSessionFields = maxSessionFields
  }

  /**
   * Gives the store a log. The plugin calls this once; the first log stays.
   *
   * @param _marks the marks by which a store that applications may share tells this application from others
   */
  bind (log: StoreLog, _marks?: ApplicationMarks): void {
    this.log ??= log
  }

  idFor (random: string, _user?: string, _predecessor?: SessionKey): string {
    return random
  }

  arrival (): Arrival {
    return { order: ++this.#arrivals, atMs: this.#elapsedMs() }
  }

  handleOf (sessionId: string): Handle {
    return handleOf(sessionId)
  }

  namesOf (sessionId: string): SessionNames {
    const handle = this.handleOf(sessionId)
    return { handle, key: handle }
  }

  keyOf (sessionId: string): SessionKey {
    return this.namesOf(sessionId).key
  }

  /** Returns the state of a session at once. Null: the store has to be asked. */
  peek (_key: SessionKey): FoundSession | null {
    return null
  }

  /**
   * Reads sessions that have connections. From then on the store reports their ends, if it can.
   * @returns the state of each, in the order of the keys
   * @throws {StoreUnavailableError} if none of them could be asked about
   */
  async watch (keys: readonly SessionKey[]): Promise<WatchedAnswers> {
    return await answeredEach(keys.map(async key => ({ session: await this.find(key), family: undefined })))
  }

  /**
   * Subscribes to ends as they happen, by the family of the session.
   * @returns null if the store reports none
   */
  subscribeToEnds (_onEnd: (family: SessionKey) => void): EndSubscription | null {
    return null
  }

  /** The token registry. */
  abstract readonly tokens: TokenStore
  abstract readonly freshForMs: number
  abstract load (key: SessionKey, activity: LoadActivity | null): Promise<Loaded>
  abstract begin (key: SessionKey, beginning: Beginning): Promise<Begun>
  abstract update (key: SessionKey, changes: Changes): Promise<FoundSession>
  abstract recordActivity (key: SessionKey, activityMs: number, timeouts?: Timeouts): Promise<Recorded>
  abstract end (key: SessionKey, reason: EndReason, by?: string): Promise<readonly EndedSession[]>
  abstract endUser (user: string, reason: EndReason, query?: EndUserQuery): Promise<readonly EndedSession[]>
  abstract endOthers (
    key: SessionKey, user: string, reason: EndReason, by?: string
  ): Promise<readonly EndedSession[] | null>
  abstract claimEnds (limit: number): Promise<ClaimedBatch>
  abstract acknowledge (handles: readonly Handle[]): Promise<void>
  abstract find (key: SessionKey): Promise<FoundSession>
  abstract list (query: PageQuery): Promise<Page>
  abstract stats (): Promise<Stats>
  abstract check (): Promise<void>

  /** Publishes that an activity of the session could not be recorded. */
  reportUnrecorded (session: Unrecorded, via: Via): void {
    auditUnrecorded(session, this.timeOfDay(), via)
  }

  /**
   * Logs once that a stored session is unreadable. It counts as unknown (G10: bad input costs nothing). The log does
   * not show the stored value (G9: secret ids stay secret).
   */
  reportUnreadable (handle: Handle): void {
    const message = 'a stored session cannot be read: it counts as none'
    if (this.logged.isFirst(handle, message)) this.log?.warn({ handle }, message)
  }

  /** Logs once that a later version keeps a session, which this version does not change. */
  reportLater (handle: Handle): void {
    const message = 'a later version keeps a session: ' +
      'this node does not change it, and answers 503 to requests that need it'
    if (this.logged.isFirst(handle, message)) this.log?.warn({ handle }, message)
  }
}

function isCount (value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}

export function isActivityStore (store: unknown): store is ActivityStore {
  return store instanceof ActivityStore
}
