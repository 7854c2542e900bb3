import { auditEndOf, auditEndOfEach, auditRevocation, effectOf, isAudited } from '../diagnostics/audit.ts'
import { LayoutError, NoListingStoreError, StoreUnavailableError } from '../errors.ts'
import { check, checkUser, isBoolean, refuseUnknown } from '../option-checks.ts'
import type { PublicPolicy } from '../options/options.ts'
import { publicPolicyOf } from '../options/resolve-options.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { Handle } from '../store/handle.ts'
import type { ListOptions, SessionList } from '../store/administration.ts'
import { findSession, listSessions } from '../store/administration.ts'
import type { EndedEach } from '../store/ending.ts'
import { endAll, endEach, endSession } from '../store/ending.ts'
import type { EndedSession, Stats } from '../store/store.ts'
import type { SessionSummary } from '../store/summary.ts'
import type { Shared } from '../request/shared.ts'
import type { EndOptions, EndSessionOptions, EndUserOptions, EndedUser, Health } from './administration-options.ts'
import { MOST_HANDLES, checkEnd, checkHandle, checkOptions, handlesOf } from './administration-options.ts'
import type { SweepResult } from '../sweep/sweeper.ts'
import { MOST_SWEPT, Sweeper } from '../sweep/sweeper.ts'
import { Tokens } from './tokens.ts'

/**
 * Lists and ends sessions from outside of a request: `fastify.sessionSecurity`.
 *
 * No property holds a secret, since an application may log it. Every call but `health()` rejects with
 * {StoreUnavailableError} when the store is away.
 */
export class SessionSecurity {
  /** The address of the ping route, with its prefix; `undefined` until it is registered. */
  pingUrl: string | undefined
  /** The address of the push route, with its prefix; `undefined` without the option `pushUrl`. */
  pushUrl: string | undefined
  /** The options in force, with their defaults, without `session`, `cookie` and `store`: they hold secrets. */
  readonly policy: PublicPolicy
  /** The token registry. */
  readonly tokens: Tokens
  readonly #shared: Shared
  readonly #sweeper: Sweeper | undefined

  constructor (shared: Shared) {
    const { store, notifier, log } = shared
    this.#shared = shared
    this.policy = publicPolicyOf(shared.policy)
    this.tokens = new Tokens(call => this.#store(call))
    this.#sweeper = store.canList ? new Sweeper(store, notifier, log) : undefined
  }

  /** The parts of the plugin, for this package's own plugins. @internal */
  get shared (): Shared {
    return this.#shared
  }

  /** The sweeper, for this package's own plugins. @internal */
  get sweeper (): Sweeper | undefined {
    return this.#sweeper
  }

  /**
   * Lists the sessions of all users or of one, page by page.
   * @throws {NoListingStoreError | BadOptionError}
   */
  async list (options: ListOptions = {}): Promise<SessionList> {
    return await listSessions(this.#store('list()'), options)
  }

  /**
   * Finds one session. A handle from before a renewal finds the successor.
   * @returns `null` if no session has this handle, or the store has forgotten it
   * @throws {LaterVersionError} when a later version keeps it
   * @throws {NoListingStoreError | BadOptionError}
   */
  async get (handle: Handle): Promise<SessionSummary | null> {
    checkHandle('handle', handle)
    return await findSession(this.#store('get()'), handle)
  }

  /**
   * Ends a session at once, on all nodes and for requests in flight too (G2: final).
   *
   * It calls `onSessionEnd`.
   * @returns `null` when it was over before, or never was
   * @throws {LaterVersionError} when a later version keeps it: it goes on
   * @throws {NoListingStoreError | BadOptionError | UnknownOptionError}
   */
  async end (handle: Handle, options: EndSessionOptions = {}): Promise<EndedSession | null> {
    checkHandle('handle', handle)
    const { reason, by } = checkEnd(options)
    const store = this.#store('end()')
    const ended = await endSession(store, handle, reason, by)
    auditEndOf(handle, ended, store, reason, by)
    this.shared.notifier.notifySoon(ended)
    return ended[0] ?? null
  }

  /**
   * Ends several sessions, as {@link end} does one: at most 1000 in a call.
   * @throws {NoListingStoreError | BadOptionError | UnknownOptionError}
   */
  async endSessions (handles: readonly Handle[], options: EndSessionOptions = {}): Promise<EndedEach> {
    const isFew = (): boolean => Array.isArray(handles) && handles.length <= MOST_HANDLES
    check('handles', handles, `an array of at most ${MOST_HANDLES} handles`,
      () => isFew() && handles.every(handle => typeof handle === 'string'))
    const { reason, by } = checkEnd(options)
    const store = this.#store('endSessions()')
    const outcome = await endEach(store, [...new Set(handles)], reason, by)
    auditEndOfEach(outcome, store, reason, by)
    this.shared.notifier.notifySoon(outcome.ended)
    return outcome
  }

  /**
   * Ends all sessions of a user, and calls `onSessionEnd` for each.
   *
   * Sessions that other requests are renewing end, too.
   * @throws {NoListingStoreError | BadOptionError | UnknownOptionError}
   */
  async endUser (user: string | number | bigint, options: EndUserOptions = {}): Promise<EndedUser> {
    checkUser(user)
    checkOptions(options, ['except', 'tokens', 'by'])
    const { tokens = false, by } = options
    const except = handlesOf(options.except)
    check('tokens', tokens, 'true or false', isBoolean)
    const store = this.#store('endUser()')
    const revoked = tokens ? await store.tokens.revokeUser(String(user), by) : 0
    let left = 0
    const query = { except, by, onLeft: (count: number) => { left = count } }
    const ended = [...await store.endUser(String(user), 'revoked', query)]
    const counts = { tokens: revoked, left }
    if (isAudited()) auditRevocation({ what: 'user', ...effectOf(ended, store), user: String(user), ...counts, by })
    this.shared.notifier.notifySoon(ended)
    return { ended, tokens: revoked, left }
  }

  /**
   * Ends all authenticated sessions but those that begin meanwhile, and calls `onSessionEnd` for each.
   * @returns the number of sessions that ended
   * @throws {NoListingStoreError | BadOptionError | UnknownOptionError}
   */
  async endAll (options: EndOptions = {}): Promise<number> {
    checkOptions(options, ['by'])
    let [count, allLeft] = [0, 0]
    const store = this.#store('endAll()')
    const atMs = store.timeOfDay()
    for await (const { ended, left } of endAll(store, 'revoked', options.by)) {
      await this.shared.notifier.track(this.shared.notifier.notify(ended))
      count += ended.length
      allLeft += left
    }
    if (isAudited()) auditRevocation({ what: 'everybody', atMs, count, left: allLeft, by: options.by })
    if (allLeft > 0) {
      this.shared.log.warn({ left: allLeft }, 'not all sessions were ended: a later version keeps the others')
    }
    return count
  }

  /** Counts the live authenticated sessions. @throws {NoListingStoreError} */
  async count (): Promise<number> {
    return (await this.stats()).live
  }

  /**
   * Counts the sessions by their states, and the tokens that have not expired.
   * @throws {NoListingStoreError}
   */
  async stats (): Promise<Stats & { readonly tokens: number }> {
    const store = this.#store('stats()')
    const [stats, tokens] = await Promise.all([store.stats(), store.tokens.count()])
    return { ...stats, tokens }
  }

  /**
   * Looks for ended sessions now, and calls `onSessionEnd` for each. The result only counts them.
   * @param options.limit the most sessions to end in this call. Default 10000
   * @throws {NoListingStoreError | BadOptionError}
   */
  async sweep (options: { readonly limit?: number | undefined } = {}): Promise<SweepResult> {
    if (this.sweeper === undefined) throw new NoListingStoreError('sweep()')
    refuseUnknown(options, ['limit'])
    const { limit = MOST_SWEPT } = options
    check('limit', limit, 'a whole number above 0', () => Number.isSafeInteger(limit) && limit > 0)
    return await this.shared.notifier.track(this.sweeper.run({ limit }))
  }

  /**
   * Asks the store whether it can read and write now, on all shards.
   *
   * It works with any store, and suits the probe of a load balancer.
   */
  async health (): Promise<Health> {
    try {
      await this.shared.store.check()
      return { healthy: true }
    } catch (error) {
      if (error instanceof StoreUnavailableError) return { healthy: false, why: error.why }
      if (error instanceof LayoutError) return { healthy: false, why: error.message }
      throw error
    }
  }

  #store (call: string): ActivityStore {
    const { store } = this.shared
    if (!store.canList) throw new NoListingStoreError(call)
    return store
  }
}
