import { StoreUnavailableError } from '../../errors.ts'
import type { Handle } from '../handle.ts'
import type { Keys, Shard } from './keys.ts'
import type { Reply } from './replies.ts'

/** What one script did for one of the sessions that it was about. */
export interface Answer {
  readonly nowMs: number
  /** `''`: there is no such session. */
  readonly answer: unknown
}

/** Runs a script about sessions of that shard: the first by its key, each with its arguments. */
type Run = (shard: Shard, key: string, args: readonly string[]) => Promise<Reply>

interface Call {
  readonly handle: Handle
  readonly args: readonly string[]
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Sessions that one script takes at most. Redis does nothing else meanwhile: less than 1 ms. */
export const AT_ONCE = 50

/**
 * Gathers what one turn of the event loop asks of several sessions of a shard into one script: of what a small command
 * costs, here and in Redis, most is not what it does. Nothing waits for it: what is asked is sent at the end of the turn.
 *
 * A script leaves out what is too much at once, and what fails though others do not; but never all of them. On a Cluster
 * it names one key only: Redis would refuse several of a slot that is on its way to another node.
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

  /** Sends at once what has been gathered. */
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
    const why = 'an answer without any of the sessions that were asked for' // such as QUEUED, in a MULTI of the application's
    for (const { reject } of left) reject(new StoreUnavailableError(why))
  }
}
