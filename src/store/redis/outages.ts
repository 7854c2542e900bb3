import { performance } from 'node:perf_hooks'
import { hasSubscribers, publish } from '../../diagnostics/channels.ts'
import type { StoreLog } from '../store-log.ts'
import { Circuit } from './circuit.ts'
import type { Shard } from './keys.ts'
import type { Complaint, Renewal } from './renew-connection.ts'

/** The ms for which the same refusal is logged once. */
const REFUSAL_LINE_MS = 60_000

/** The longest pauses between two probes of a shard, in ms. The second one holds while many shards are away. */
const FEW_PAUSE_MS = 500
const MANY_PAUSE_MS = 2000
const FEW = 8

export interface OutagesOptions {
  /** All shards. Each of several may be on a server that is away alone. */
  readonly shards: readonly Shard[]
  readonly timeoutMs: number
  readonly log: () => StoreLog | undefined
  /** Proves that a shard takes a write. */
  readonly prove: (shard: Shard) => Promise<unknown>
  /** Replaces the connection to the server of a shard. */
  readonly renew: (shard: Shard, complaint: Complaint) => Renewal
}

/**
 * The circuit breakers of all shards. The log has one line for each outage and one for each recovery, however many
 * shards are away.
 */
export class Outages {
  readonly #circuits: readonly Circuit[]
  readonly #away = new Set<Circuit>()
  #awaySinceMs = 0
  #unrecorded = 0
  readonly #refusedAtMs = new Map<string, number>()
  readonly #options: OutagesOptions

  constructor (options: OutagesOptions) {
    this.#options = options
    this.#circuits = options.shards.map(shard => {
      const circuit: Circuit = new Circuit({
        timeoutMs: options.timeoutMs,
        pauseMs: () => Math.min(MANY_PAUSE_MS, FEW_PAUSE_MS * Math.max(1, this.#away.size / FEW)),
        prove: async () => await options.prove(shard),
        renew: complaint => options.renew(shard, complaint),
        onOpen: why => this.#begin(circuit, why),
        onClose: () => this.#end(circuit),
        onRefusal: why => this.#refuse(why)
      })
      return circuit
    })
  }

  /**
   * Runs a command.
   * @throws {StoreUnavailableError} within the time that a command may take
   */
  run<Answer> (shard: Shard, command: () => Promise<Answer>): Promise<Answer> {
    const circuit = this.#circuits[shard]
    if (circuit === undefined) throw new RangeError(`there is no shard ${shard}`)
    return circuit.run(command)
  }

  /** Counts an activity that could not be recorded. */
  countUnrecorded (): void {
    if (this.#away.size > 0) this.#unrecorded++
  }

  #begin (circuit: Circuit, why: string): void {
    if (this.#away.size === 0) {
      this.#awaySinceMs = performance.now()
      this.#unrecorded = 0
      this.#options.log()?.error({ why }, 'the session store is away: requests with a session are answered 503')
      if (hasSubscribers('outage-begin')) publish('outage-begin', { why })
    }
    this.#away.add(circuit)
  }

  /** Ends the outage of a shard. The others may be back too, and are probed soon. */
  #end (circuit: Circuit): void {
    this.#away.delete(circuit)
    for (const other of this.#away) other.hurry()
    if (this.#away.size > 0) return
    const [seconds, unrecorded] = [(performance.now() - this.#awaySinceMs) / 1000, this.#unrecorded]
    this.#options.log()?.info({ seconds, unrecorded }, 'the session store is back')
    if (hasSubscribers('outage-end')) publish('outage-end', { seconds, unrecorded })
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
