import type { Shard } from './keys.ts'
import type { Reply } from './replies.ts'

/** What one script did for one of the sessions that it was about. */
export interface Answer {
  readonly nowMs: number
  /** `''`: there is no such session. */
  readonly answer: unknown
}

/** Runs a script about these sessions, all of that shard. */
type Run = (shard: Shard, keys: readonly string[], args: readonly string[]) => Promise<Reply>

interface Call {
  readonly shard: Shard
  readonly key: string
  readonly args: readonly string[]
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Sessions that one script takes at most. Redis does nothing else meanwhile: less than 1 ms. */
export const AT_ONCE = 50

/**
 * Gathers what one turn of the event loop asks of several sessions into one script: of what a small command costs, here
 * and in Redis, most is not what it does. Nothing waits for it: what is asked is sent at the end of the turn.
 *
 * A script leaves out what is too much at once, and what fails though others do not; but never all of them.
 */
export class Batch {
  readonly #run: Run
  readonly #isAlone: boolean
  #calls: Call[] = []

  /** `isAlone`: a script may be about one session only, as they are in several shards. */
  constructor (isAlone: boolean, run: Run) {
    this.#isAlone = isAlone
    this.#run = run
  }

  ask (shard: Shard, key: string, ...args: string[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = { shard, key, args, resolve, reject }
      if (this.#isAlone) return this.#send([call])
      if (this.#calls.push(call) === 1) setImmediate(() => this.flush())
      if (this.#calls.length === AT_ONCE) this.flush()
    })
  }

  /** Sends at once what has been gathered. */
  flush (): void {
    const calls = this.#calls
    this.#calls = []
    this.#send(calls)
  }

  #send (calls: readonly Call[]): void {
    const [first] = calls
    if (first === undefined) return
    this.#run(first.shard, calls.map(({ key }) => key), calls.flatMap(({ args }) => args)).then(
      reply => this.#answer(calls, reply),
      error => { for (const { reject } of calls) reject(error) }
    )
  }

  #answer (calls: readonly Call[], { nowMs, rest }: Reply): void {
    const left: Call[] = []
    for (const [i, call] of calls.entries()) {
      const answer = rest[i]
      if (answer === null) left.push(call)
      else call.resolve({ nowMs, answer })
    }
    this.#send(left)
  }
}
