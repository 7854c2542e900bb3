import { performance } from 'node:perf_hooks'
import { publish } from '../../diagnostics.ts'
import type { StoreLog } from '../store-log.ts'
import { Circuit } from './circuit.ts'
import type { Shard } from './keys.ts'

/** How often the same refusal is worth a line, in ms. */
const REFUSAL_LINE_MS = 60_000

export interface OutagesOptions {
  /** All shards. Of several, each may be on a server that is away alone. */
  readonly shards: readonly Shard[]
  readonly timeoutMs: number
  readonly log: () => StoreLog | undefined
  /** Asks a shard for something that costs nothing. */
  readonly probe: (shard: Shard) => Promise<unknown>
}

/** The ways to all shards, and one line in the log per outage and one per recovery, however many shards there are. */
export class Outages {
  readonly #circuits: readonly Circuit[]
  readonly #failing = new Set<Shard>()
  #awaySinceMs = 0
  readonly #refusedAtMs = new Map<string, number>()
  readonly #options: OutagesOptions

  constructor (options: OutagesOptions) {
    this.#options = options
    this.#circuits = options.shards.map(shard => new Circuit(options.timeoutMs, {
      onFailure: why => this.#begin(shard, why),
      onRecovery: () => this.#end(shard),
      onRefusal: why => this.#refuse(why)
    }))
  }

  /** @throws {StoreUnavailableError} within the time that a command may take. */
  run<Answer> (shard: Shard, command: () => Promise<Answer>): Promise<Answer> {
    const circuit = this.#circuits[shard]
    if (circuit === undefined) throw new RangeError(`there is no shard ${shard}`)
    return circuit.run(command)
  }

  #begin (shard: Shard, why: string): void {
    if (this.#failing.size === 0) {
      this.#awaySinceMs = performance.now()
      this.#options.log()?.error({ why }, 'the session store is away: requests with a session are answered 503')
      publish('outage-begin', () => ({ why }))
    }
    this.#failing.add(shard)
  }

  /** Where one shard is back, the others may be too: the next caller there need not find out by waiting. */
  #end (shard: Shard): void {
    this.#failing.delete(shard)
    if (this.#failing.size === 0) {
      this.#options.log()?.info({}, 'the session store is back')
      publish('outage-end', () => ({ seconds: (performance.now() - this.#awaySinceMs) / 1000 }))
    }
    for (const other of this.#failing) this.#options.probe(other).catch(() => { /* still away */ })
  }

  #refuse (why: string): void {
    const [code = why] = why.split(' ')
    const nowMs = performance.now()
    const lastMs = this.#refusedAtMs.get(code)
    if (lastMs !== undefined && nowMs - lastMs < REFUSAL_LINE_MS) return
    this.#refusedAtMs.set(code, nowMs)
    this.#options.log()?.error({ why }, 'the session store refuses a command')
  }
}
