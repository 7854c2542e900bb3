import type { EndReason } from '../core/policy.ts'
import { NoActivityStoreError, StoreUnavailableError } from '../errors.ts'
import type { ActivityPolicy } from '../options.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { Handle } from '../store/handle.ts'
import type { EndedSession, Fate } from '../store/store.ts'
import type { Shared } from './shared.ts'
import type { SweepResult } from './sweeper.ts'
import { Sweeper } from './sweeper.ts'

export interface Health {
  readonly healthy: boolean
  /** What the store said, when it is not. For the log, not for strangers. */
  readonly why?: string
}

/** `fastify.sessionSecurity`: the policy in force, and what may be done to sessions from outside a request. */
export class SessionSecurity {
  /** For this package's own plugins. @internal */
  readonly shared: Shared
  /** For this package's own plugins. @internal */
  readonly sweeper: Sweeper | undefined

  constructor (shared: Shared) {
    const { policy: { store }, delivery, log } = shared
    this.shared = shared
    this.sweeper = store === undefined ? undefined : new Sweeper(store, delivery, log)
  }

  /** The options in force, with their defaults. */
  get policy (): ActivityPolicy {
    return this.shared.policy
  }

  /**
   * What became of a session: alive, ended and why, renewed under another id, or unknown.
   * @throws {NoActivityStoreError}
   */
  async get (handle: Handle): Promise<Fate> {
    return await this.#store('get()').find(handle)
  }

  /**
   * Ends a session, at once and for requests in flight too (G2), and tells `onSessionEnd`.
   * @returns `null` when it was over before, or never was.
   * @throws {NoActivityStoreError}
   */
  async end (handle: Handle, reason: EndReason = 'revoked'): Promise<EndedSession | null> {
    const store = this.#store('end()')
    if (await store.end(handle, reason) === null) return null
    const ended = await store.claim(handle)
    this.shared.delivery.deliverSoon(ended)
    return ended
  }

  /**
   * Looks for ended sessions now, whether a sweep is scheduled or not, and tells `onSessionEnd` of each.
   *
   * @param options.limit the most sessions to end in this call. Default 10000.
   * @throws {NoActivityStoreError}
   */
  async sweep (options: { readonly limit?: number } = {}): Promise<SweepResult> {
    if (this.sweeper === undefined) throw new NoActivityStoreError('sweep()')
    return await this.shared.delivery.track(this.sweeper.run({ limit: options.limit ?? 10_000 }))
  }

  /**
   * Whether sessions can be read and written now: for the probe by which a load balancer decides. Asks the store, all shards.
   * @throws {NoActivityStoreError}
   */
  async health (): Promise<Health> {
    const store = this.#store('health()')
    try {
      await store.check()
      return { healthy: true }
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error
      return { healthy: false, why: error.why }
    }
  }

  #store (call: string): ActivityStore {
    const { store } = this.shared.policy
    if (store === undefined) throw new NoActivityStoreError(call)
    return store
  }
}
