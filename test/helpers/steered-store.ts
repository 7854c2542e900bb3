import type { EndReason } from '../../src/core/policy.ts'
import type { Timeouts } from '../../src/core/terms.ts'
import { ActivityStore } from '../../src/store/activity-store.ts'
import type { Changes } from '../../src/store/contents.ts'
import type { Handle } from '../../src/store/handle.ts'
import type { ApplicationMarks } from '../../src/store/application-marks.ts'
import type { StoreLog } from '../../src/store/store-log.ts'
import type {
  Arrival, Beginning, Begun, ClaimedBatch, EndUserQuery, EndedSession, FoundSession, LoadActivity, Loaded, Page,
  PageQuery, Recorded, SessionKey, Stats
} from '../../src/store/store.ts'
import type { EndSubscription, WatchedAnswers } from '../../src/store/watched.ts'
import type { TokenStore } from '../../src/store/token-store.ts'
import type { StoreKit, TestStore } from './store-kits.ts'

export type Verb =
  | 'load' | 'begin' | 'update' | 'recordActivity' | 'end' | 'endUser' | 'endOthers' | 'claimEnds' | 'acknowledge'
  | 'find' | 'list' | 'stats' | 'check' | 'watch' | 'token'

/** Waits or throws in place of the store; `undefined`: the store goes on. */
export type Steer = (verb: Verb) => Promise<void> | undefined

/** Decorates a store by its contract. A test watches it, delays it, or makes it fail. */
export class SteeredStore extends ActivityStore {
  readonly inner: ActivityStore
  /** The calls, in order. A load that records an activity is `load+activity`. */
  readonly calls: string[] = []
  /** Asked before the store carries out a verb. */
  before: Steer = () => undefined
  /** Asked when the store has carried it out, and before its answer is given. */
  after: Steer = () => undefined

  constructor (inner: ActivityStore) {
    super({ clock: inner.clock, maxSessionBytes: inner.maxSessionBytes, maxSessionFields: inner.maxSessionFields })
    this.inner = inner
  }

  get freshForMs (): number { return this.inner.freshForMs }

  get tokens (): TokenStore {
    const { tokens } = this.inner
    return {
      track: async token => await this.#steer('token', () => tokens.track(token)),
      find: async id => await this.#steer('token', () => tokens.find(id)),
      revoke: async (id, by) => await this.#steer('token', () => tokens.revoke(id, by)),
      revokeUser: async (user, by) => await this.#steer('token', () => tokens.revokeUser(user, by)),
      list: async query => await this.#steer('token', () => tokens.list(query)),
      count: async () => await this.#steer('token', () => tokens.count())
    }
  }

  /** The calls so far that write, or may. */
  get writes (): string[] {
    return this.calls.filter(call => ['begin', 'update', 'recordActivity', 'end', 'load+activity'].includes(call))
  }

  override bind (log: StoreLog, marks?: ApplicationMarks): void { this.inner.bind(log, marks) }
  override idFor (random: string, user?: string, predecessor?: SessionKey): string {
    return this.inner.idFor(random, user, predecessor)
  }

  override arrival (): Arrival { return this.inner.arrival() }
  override handleOf (sessionId: string): Handle { return this.inner.handleOf(sessionId) }
  override keyOf (sessionId: string): SessionKey { return this.inner.keyOf(sessionId) }
  override reportUnreadable (handle: Handle): void { this.inner.reportUnreadable(handle) }

  async load (key: SessionKey, activity: LoadActivity | null): Promise<Loaded> {
    return await this.#steer('load', () => this.inner.load(key, activity), activity === null ? 'load' : 'load+activity')
  }

  async begin (key: SessionKey, beginning: Beginning): Promise<Begun> {
    return await this.#steer('begin', () => this.inner.begin(key, beginning))
  }

  async update (key: SessionKey, changes: Changes): Promise<FoundSession> {
    return await this.#steer('update', () => this.inner.update(key, changes))
  }

  async recordActivity (key: SessionKey, activityMs: number, timeouts?: Timeouts): Promise<Recorded> {
    return await this.#steer('recordActivity', () => this.inner.recordActivity(key, activityMs, timeouts))
  }

  async end (key: SessionKey, reason: EndReason, by?: string): Promise<readonly EndedSession[]> {
    return await this.#steer('end', () => this.inner.end(key, reason, by))
  }

  async endUser (user: string, reason: EndReason, query?: EndUserQuery): Promise<readonly EndedSession[]> {
    return await this.#steer('endUser', () => this.inner.endUser(user, reason, query))
  }

  async endOthers (
    key: SessionKey, user: string, reason: EndReason, by?: string
  ): Promise<readonly EndedSession[] | null> {
    return await this.#steer('endOthers', () => this.inner.endOthers(key, user, reason, by))
  }

  async claimEnds (limit: number): Promise<ClaimedBatch> {
    return await this.#steer('claimEnds', () => this.inner.claimEnds(limit))
  }

  async acknowledge (handles: readonly Handle[]): Promise<void> {
    await this.#steer('acknowledge', () => this.inner.acknowledge(handles))
  }

  async find (key: SessionKey): Promise<FoundSession> {
    return await this.#steer('find', () => this.inner.find(key))
  }

  override async watch (keys: readonly SessionKey[]): Promise<WatchedAnswers> {
    return await this.#steer('watch', () => this.inner.watch(keys))
  }

  override subscribeToEnds (onEnd: (family: SessionKey) => void): EndSubscription | null {
    return this.inner.subscribeToEnds(onEnd)
  }

  async list (query: PageQuery): Promise<Page> {
    return await this.#steer('list', () => this.inner.list(query))
  }

  async stats (): Promise<Stats> {
    return await this.#steer('stats', () => this.inner.stats())
  }

  async check (): Promise<void> {
    await this.#steer('check', () => this.inner.check())
  }

  async #steer<Answer> (verb: Verb, ask: () => Promise<Answer>, call: string = verb): Promise<Answer> {
    this.calls.push(call)
    await this.before(verb)
    const answer = await ask()
    await this.after(verb)
    return answer
  }
}

/** A kit whose stores are steered. */
export interface SteeredKit extends StoreKit {
  open (): TestStore & { readonly store: SteeredStore }
  /** The store that was opened last. */
  readonly store: SteeredStore
}

export function steeredKit (kit: StoreKit): SteeredKit {
  let opened: SteeredStore | undefined
  return {
    name: kit.name,
    open () {
      const inner = kit.open()
      opened = new SteeredStore(inner.store)
      return { ...inner, store: opened }
    },
    get store () {
      if (opened === undefined) throw new Error('no store was opened yet')
      return opened
    }
  }
}
