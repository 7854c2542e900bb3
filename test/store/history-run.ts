import assert from 'node:assert/strict'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import type { SessionLimit } from '../../src/store/store.ts'
import type { StoreRequest, Outcome } from './history-calls.ts'
import { carryOut, liveIn } from './history-calls.ts'
import { HistoryRequests } from './history-requests.ts'
import { HistoryModel } from './history-model.ts'
import type { History, Step } from './history-steps.ts'
import { USERS } from './history-steps.ts'
import type { Indexes, View } from './history-view.ts'
import { expectedOf, viewOf } from './history-view.ts'

/** A store for one history. */
export interface HistoryWorld {
  /** The same data as two nodes see it, where there can be two. */
  readonly stores: readonly [ActivityStore, ...ActivityStore[]]
  /** Lets time pass for the data and for the nodes. */
  advance (seconds: number): void
  /** Returns the entries of the indexes; `null` if they cannot be read. */
  indexes (): Promise<Indexes | null>
  /** Returns the number of scripts that were sent. */
  scripts (): number
}

interface Done {
  readonly request: StoreRequest
  readonly outcome: Outcome
}

/** Entries that one script ends or lists at most. */
const AT_ONCE = 50
const TICK_SECONDS = 0.001

/** Plays a history on a store, and holds each answer against the model. */
export class HistoryRun {
  readonly #world: HistoryWorld
  readonly #limit: SessionLimit | null
  readonly #requests: HistoryRequests
  readonly #steps: readonly Step[]
  /** Several, where calls at once leave open in which order the store did them. */
  #models = [new HistoryModel()]

  constructor (world: HistoryWorld, { limit, steps }: History) {
    this.#world = world
    this.#limit = limit
    this.#requests = new HistoryRequests(world.stores, limit)
    this.#steps = steps
  }

  async play (): Promise<void> {
    for (const step of this.#steps) await this.#take(step)
    await this.#compare()
    await this.#take({ calls: [{ act: 'sweep', node: 0 }], tells: false, seconds: 101 })
    await this.#take({ calls: [{ act: 'sweep', node: 1 }], tells: true, seconds: 0 })
    const { counts: [pending], indexes } = await this.#compare()
    assert.equal(pending, 0, 'all sessions have ended, and no end is pending')
    const left = Object.keys(indexes).filter(name => /^(?:u:|due$|open$)/.test(name))
    assert.deepEqual(left, [], 'indexes of the living are empty')
  }

  async #take ({ calls, tells, seconds }: Step): Promise<void> {
    this.#requests.nextStep()
    const sent = calls.flatMap(({ node, ...call }) => (
      this.#requests.of(call, node, calls.length === 1).map(request => ({ store: this.#storeOf(node), request }))
    ))
    const scripts = this.#world.scripts()
    const done = await Promise.all(sent.map(async ({ store, request }) => {
      return { request, outcome: await carryOut(store, request) }
    }))
    this.#checkCost(done, this.#world.scripts() - scripts)
    this.#explain(done)
    for (const { request, outcome } of done) if (request.act === 'begin') this.#requests.note(request, outcome)
    const notified = done.flatMap(({ outcome }) => outcome.ended.map(end => end.replace(/ .*/, '')))
    if (tells) await this.#storeOf(this.#models[0]?.step ?? 0).acknowledge(notified)
    this.#world.advance(seconds + TICK_SECONDS)
    for (const model of this.#models) {
      if (tells) model.acknowledge(notified)
      model.step++
      model.nowMs += 1000 * seconds + 1
      const { max = Infinity } = this.#limit ?? {}
      for (const user of USERS) assert.ok(model.liveOf(user).length <= max, `${user} has no more than ${max} sessions`)
    }
  }

  /** Keeps the models that explain the answers, after each possible order of the calls. */
  #explain (done: readonly Done[]): void {
    const models = this.#models.flatMap(model => ordersOf(done).flatMap(order => {
      const copy = model.clone()
      return order.every(({ request, outcome }) => copy.explains(request, outcome)) ? [copy] : []
    }))
    const [model] = this.#models
    const words = (value: unknown): string => inspect(value, { depth: 4, breakLength: 200 })
    const explanation = `step ${model?.step}: no order of these calls explains ${words(done)} of ${words(model)}`
    assert.ok(models.length > 0, explanation)
    this.#models = models.filter((one, i) => !models.slice(0, i).some(other => isDeepStrictEqual(one, other)))
  }

  /** Checks that a call takes as many scripts as the live sessions need. */
  #checkCost (done: readonly Done[], scripts: number): void {
    const [first, ...others] = done
    if (first === undefined || others.length > 0 || first.request.act === 'sweep') return
    const { request } = first
    const living = request.act === 'endUser' ? this.#models[0]?.liveOf(request.user).length ?? 0 : 0
    // A sign-in soon after endUser asks twice.
    const most = (request.act === 'begin' ? 3 : 2) + Math.ceil(living / AT_ONCE)
    assert.ok(scripts <= most, `${request.act} takes ${scripts} scripts for ${living} sessions`)
  }

  async #compare (): Promise<View> {
    const model = this.#models[0] ?? new HistoryModel()
    const indexes = await this.#world.indexes()
    const view = await viewOf(this.#world.stores[0], [...model.sessions.keys()], model, indexes)
    const expected = this.#models.map(model => expectedOf(model, indexes))
    this.#models = this.#models.filter((_model, i) => isDeepStrictEqual(view, expected[i]))
    if (this.#models.length === 0) assert.deepEqual(view, expected[0])
    for (const user of USERS) {
      const scripts = this.#world.scripts()
      const { length } = await liveIn(this.#storeOf(1), user, 2 * AT_ONCE)
      assert.ok(this.#world.scripts() - scripts <= 2 + Math.ceil(length / AT_ONCE), 'a list takes few scripts')
    }
    return view
  }

  #storeOf (node: number): ActivityStore {
    return this.#world.stores[node % this.#world.stores.length] ?? this.#world.stores[0]
  }
}

function ordersOf<T> (items: readonly T[]): T[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, i) => ordersOf(items.toSpliced(i, 1)).map(rest => [item, ...rest]))
}
