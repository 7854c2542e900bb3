import type { Handle } from '../handle.ts'
import type { StoreLog } from '../store-log.ts'
import type { EndSubscription } from '../watched.ts'
import { judgeError, textOf } from './server-errors.ts'
import type { Subscriber } from './subscriptions.ts'

/** The most channels of one command. */
const AT_ONCE = 500

/** The ms after which families are subscribed to again whose command failed. Until then, checks alone find ends. */
const AGAIN_MS = 5000

/** The codes of a node without the slot of a channel. */
const ELSEWHERE = /^(?:MOVED|ASK|TRYAGAIN) /

interface Waiting {
  readonly resolve: (isHeard: boolean) => void
}

/** The channel of a family, and its slot. */
export interface Channel {
  readonly slot: number
  readonly name: string
}

/**
 * Subscribes to the ends of families, each by a channel. The calls of one turn of the event loop go to Redis together.
 */
export class RedisEndSubscription implements EndSubscription {
  readonly #subscriber: Subscriber
  readonly #channelOf: (family: Handle) => Channel
  readonly #log: () => StoreLog | undefined
  readonly #wanted = new Set<Handle>()
  readonly #subscribed = new Set<Handle>()
  #changed = new Map<Handle, Waiting[]>()
  #isRefused = false
  #isClosed = false

  constructor (subscriber: Subscriber, placeOf: (family: Handle) => Channel, log: () => StoreLog | undefined) {
    this.#subscriber = subscriber
    this.#channelOf = placeOf
    this.#log = log
  }

  /** The command by which a script reports an end; '' if none can be received. */
  get command (): string {
    return this.#isRefused || this.#isClosed ? '' : this.#subscriber.command
  }

  add (family: Handle): Promise<boolean> {
    if (this.command === '') return Promise.resolve(false)
    return new Promise(resolve => {
      this.#wanted.add(family)
      this.#change(family, { resolve })
    })
  }

  remove (family: Handle): void {
    this.#wanted.delete(family)
    if (this.command !== '') this.#change(family)
  }

  close (): void {
    this.#isClosed = true
    this.#subscriber.close()
  }

  #change (family: Handle, ...waiting: Waiting[]): void {
    if (this.#changed.size === 0) setImmediate(() => this.#send())
    this.#changed.set(family, [...this.#changed.get(family) ?? [], ...waiting])
  }

  #send (): void {
    const changed = this.#changed
    this.#changed = new Map()
    if (this.command === '') return answer([...changed.values()].flat(), false)
    const [more, less] = [new Map<number, Handle[]>(), new Map<number, Handle[]>()]
    for (const [family, waiting] of changed) {
      const [isWanted, isSubscribed] = [this.#wanted.has(family), this.#subscribed.has(family)]
      if (isWanted === isSubscribed) answer(waiting, isWanted)
      else gather(isWanted ? more : less, this.#channelOf(family).slot, family)
    }
    for (const families of parts(more)) this.#subscribe(families, families.flatMap(family => changed.get(family) ?? []))
    for (const families of parts(less)) this.#unsubscribe(families)
  }

  #subscribe (families: readonly Handle[], waiting: readonly Waiting[]): void {
    for (const family of families) this.#subscribed.add(family)
    this.#subscriber.subscribe(this.#channelsOf(families)).then(() => answer(waiting, true), (error: unknown) => {
      for (const family of families) this.#subscribed.delete(family)
      if (judgeError(error).kind === 'refusal' && !ELSEWHERE.test(textOf(error))) this.#refuse(error)
      else this.#tryLater(families)
      answer(waiting, false)
    })
  }

  /** Subscribes again later. A Cluster has no subscriber for a slot while a failover goes on. */
  #tryLater (families: readonly Handle[]): void {
    setTimeout(() => {
      if (this.command !== '') for (const family of families) this.#change(family)
    }, AGAIN_MS).unref()
  }

  #unsubscribe (families: readonly Handle[]): void {
    for (const family of families) this.#subscribed.delete(family)
    this.#subscriber.unsubscribe(this.#channelsOf(families)).catch(() => { /* what is heard then is no news */ })
  }

  #channelsOf (families: readonly Handle[]): string[] {
    return families.map(family => this.#channelOf(family).name)
  }

  /**
   * Stops subscribing for good. Redis refuses always what it refuses once, as by an ACL: checks alone close connections
   * from then on. A connection that was lost is no refusal.
   */
  #refuse (error: unknown): void {
    if (this.command === '') return
    this.#isRefused = true
    const message = 'Redis publishes no ends of sessions: the node closes connections within connections.checkEvery'
    this.#log()?.warn({ why: textOf(error) }, message)
  }
}

function answer (waiting: readonly Waiting[], isHeard: boolean): void {
  for (const { resolve } of waiting) resolve(isHeard)
}

function gather (groups: Map<number, Handle[]>, slot: number, family: Handle): void {
  const group = groups.get(slot)
  if (group === undefined) groups.set(slot, [family])
  else group.push(family)
}

/** Cuts groups into parts that are short enough for one command. */
function * parts (groups: ReadonlyMap<number, readonly Handle[]>): Generator<readonly Handle[]> {
  for (const group of groups.values()) {
    for (let first = 0; first < group.length; first += AT_ONCE) yield group.slice(first, first + AT_ONCE)
  }
}
