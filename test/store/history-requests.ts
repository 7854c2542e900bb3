import type { ActivityStore } from '../../src/store/activity-store.ts'
import type { Arrival, Predecessor, SessionKey, SessionLimit } from '../../src/store/store.ts'
import { keyFor } from './contract-kit.ts'
import type { BeginRequest, StoreRequest, Outcome } from './history-calls.ts'
import type { BeginCall, Call, RenewCall, User } from './history-steps.ts'

interface Begun {
  readonly key: SessionKey
  readonly user: User | null
  readonly startedAtMs: number | undefined
}

/** Says which sessions the calls of a history are about, and when their requests arrived. */
export class HistoryRequests {
  readonly #stores: readonly ActivityStore[]
  readonly #limit: SessionLimit | null
  /** The latest in front. */
  readonly #begun: Begun[] = []
  /** The notes of each node before each step. */
  readonly #arrivals: Arrival[][] = []
  #named = 0

  constructor (stores: readonly ActivityStore[], limit: SessionLimit | null) {
    this.#stores = stores
    this.#limit = limit
  }

  nextStep (): void {
    this.#arrivals.push(this.#stores.map(store => store.arrival()))
  }

  note ({ key, user }: BeginRequest, { state, startedAtMs }: Outcome): void {
    if (state === 'begun') this.#begun.unshift({ key, user, startedAtMs })
  }

  /** None where there is no session yet that the call could be about. */
  of (call: Call, node: number, isAlone: boolean): StoreRequest[] {
    if (call.act === 'sweep') return [{ act: 'sweep', isAlone }]
    if (call.act === 'endUser') return [{ act: 'endUser', user: call.user, except: [], caller: undefined }]
    if (call.act === 'begin') {
      const before = call.instead === null ? undefined : this.#at(call.instead)
      const becomes = before === undefined ? null : before.user === null ? 'dropped' : 'ended'
      return [this.#beginning(call, node, call.user, before, becomes)]
    }
    const one = this.#at(call.which)
    if (one === undefined) return []
    const { key, user } = one
    switch (call.act) {
      case 'renew': return [this.#beginning(call, node, user, one, 'renewed')]
      case 'end': return [{ act: 'end', key, reason: call.reason }]
      case 'endOthers': {
        const caller = call.isCaller ? key : undefined
        return user === null ? [] : [{ act: 'endUser', user, except: [key], caller }]
      }
      case 'load': return [{ act: 'load', key, throttleMs: call.throttleMs }]
      default: return [{ act: call.act, key, throttleMs: 0 }]
    }
  }

  #beginning (
    call: BeginCall | RenewCall, node: number, user: User | null, before: Begun | undefined,
    becomes: Predecessor['becomes'] | null
  ): BeginRequest {
    const at = node % this.#stores.length
    const [store] = this.#stores.slice(at)
    if (store === undefined) throw new RangeError('a history needs a store')
    const instead = before?.key ?? null
    const predecessor = instead === null || becomes === null ? undefined : { key: instead, becomes }
    const key = keyFor(store, `session ${++this.#named}`, user ?? undefined, predecessor)
    const arrivedIn = Math.max(0, this.#arrivals.length - 1 - call.since)
    const arrival = this.#arrivals[arrivedIn]?.[at] ?? store.arrival()
    const how = call.act === 'renew' && user !== null ? call.how : null
    return {
      act: 'begin',
      key,
      user,
      instead,
      becomes,
      limit: this.#limit ?? call.limit,
      arrivedIn,
      arrival,
      startedAtMs: before?.startedAtMs,
      keepsStart: how === 'active' || how === 'passive',
      isPassive: how === 'passive'
    }
  }

  #at (which: number): Begun | undefined {
    return this.#begun[which % this.#begun.length]
  }
}
