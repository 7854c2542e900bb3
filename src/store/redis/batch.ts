import { StoreUnavailableError } from '../../errors.ts'
import type { Handle } from '../handle.ts'
import type { Keys, Shard } from './keys.ts'
import type { Reply } from './replies.ts'

/** The answer of a script about one of its sessions. */
export interface Answer {
  readonly nowMs: number
  /** The answer of the script. `''`: there is no such session. */
  readonly answer: unknown
}

/** Runs a script about sessions of one shard. It gets the first session as a key, and the others as arguments. */
type Run = (shard: Shard, key: string, args: readonly string[]) => Promise<Reply>

interface Call {
  readonly handle: Handle
  readonly args: readonly string[]
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** The most sessions of one script. Redis does nothing else for that time: less than 1 ms. */
export const AT_ONCE = 50

/**
 * Gathers the calls of one turn of the event loop into one script per shard. Most of the cost of a small command, here
 * and in Redis, is not its work. Nothing waits for more: the calls are sent at the end of the turn.
 *
 * A script skips sessions beyond its bound, and sessions that fail though others do not; but it never skips all of
 * them. On a Cluster it names one key only: Redis would refuse several of a slot that migrates.
 */
export class Batch {
  readonly #keys: Keys
  readonly #run: Run
  #calls = new Map<Shard, Call[]>()

  constructor (keys: Keys, run: Run) {
    this.#keys = keys
    this.#run = run
  }

  ask (handle: Handle, ...args: string[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const shard = this.#keys.shardOf(handle)
      const calls = this.#calls.get(shard) ?? []
      if (this.#calls.size === 0) setImmediate(() => this.flush())
      if (calls.length === 0) this.#calls.set(shard, calls)
      if (calls.push({ handle, args, resolve, reject }) < AT_ONCE) return
      this.#calls.delete(shard)
      this.#send(shard, calls)
    })
  }

  /** Sends the gathered calls at once. */
  flush (): void {
    if (this.#calls.size === 0) return
    const gathered = this.#calls
    this.#calls = new Map()
    for (const [shard, calls] of gathered) this.#send(shard, calls)
  }

  #send (shard: Shard, calls: readonly Call[]): void {
    const [first, ...others] = calls
    if (first === undefined) return
    const args = others.flatMap(({ handle, args }) => [handle, ...args])
    this.#run(shard, this.#keys.session(first.handle), [...first.args, ...args]).then(
      reply => this.#answer(shard, calls, reply),
      error => { for (const { reject } of calls) reject(error) }
    )
  }

  #answer (shard: Shard, calls: readonly Call[], { nowMs, rest }: Reply): void {
    const left: Call[] = []
    for (const [i, call] of calls.entries()) {
      const answer = rest[i]
      if (answer === null || answer === undefined) left.push(call)
      else call.resolve({ nowMs, answer })
    }
    if (left.length < calls.length) return this.#send(shard, left)
    // such as QUEUED, in a MULTI of the application's
    const why = 'the answer of Redis contains none of the requested sessions'
    for (const { reject } of left) reject(new StoreUnavailableError(why))
  }
}
