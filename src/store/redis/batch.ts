import { StoreUnavailableError } from '../../errors.ts'
import type { Shard } from './keys.ts'
import type { Reply } from './replies.ts'

/** What one script did for one of the sessions that it was about. */
export interface Answer {
  readonly nowMs: number
  readonly answer: unknown
}

type Run = (shard: Shard, keys: readonly string[], args: readonly string[]) => Promise<Reply>

interface Call {
  readonly shard: Shard
  readonly key: string
  readonly args: readonly string[]
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Sessions that one script takes at most. Redis does nothing else meanwhile: less than 1 ms. */
const AT_ONCE = 50

/**
 * Gathers what one turn of the event loop asks of several sessions into one script: of what a small command costs, here
 * and in Redis, most is not what it does. Nothing waits for it: what is asked is sent at the end of the turn.
 */
export class Batch {
  readonly #run: Run
  #most: number
  #calls: Call[] = []

  /** `isAlone`: a script may be about one session only. */
  constructor (isAlone: boolean, run: Run) {
    this.#most = isAlone ? 1 : AT_ONCE
    this.#run = run
  }

  ask (shard: Shard, key: string, ...args: string[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const call = { shard, key, args, resolve, reject }
      if (this.#most === 1) return this.#send([call])
      if (this.#calls.push(call) === 1) setImmediate(() => this.flush())
      if (this.#calls.length >= this.#most) this.flush()
    })
  }

  /** Sends at once what has been gathered. */
  flush (): void {
    const [first, ...others] = this.#calls
    this.#calls = []
    if (first !== undefined) this.#send([first, ...others])
  }

  #send (calls: readonly [Call, ...Call[]]): void {
    this.#run(calls[0].shard, calls.map(({ key }) => key), calls.flatMap(({ args }) => args)).then(
      reply => this.#answer(calls, reply),
      error => this.#refuse(calls, error)
    )
  }

  #answer (calls: readonly Call[], { nowMs, rest }: Reply): void {
    for (const [i, call] of calls.entries()) {
      const answer = rest[i]
      if (calls.length === 1) call.resolve({ nowMs, answer })
      else if (answer === null) this.#send([call]) // it failed, and alone it says why; or all were too much at once
      else if (isNothing(answer)) this.#confirm(call)
      else call.resolve({ nowMs, answer })
    }
  }

  /**
   * One address may stand for several servers, none of which has all sessions: a proxy's. Some refuse a script about keys
   * of several servers, as those of a Cluster do. Others let it run where the first key is, and there the others are
   * missing (https://github.com/twitter/twemproxy/blob/master/notes/redis.md). Who is missing is asked for alone.
   */
  #confirm (call: Call): void {
    const resolve = (found: Answer): void => {
      if (!isNothing(found.answer)) this.#most = 1
      call.resolve(found)
    }
    this.#send([{ ...call, resolve }])
  }

  #refuse (calls: readonly Call[], error: unknown): void {
    const isSpread = error instanceof StoreUnavailableError && error.why.startsWith('CROSSSLOT') && calls.length > 1
    if (isSpread) this.#most = 1
    for (const call of calls) {
      if (isSpread) this.#send([call])
      else call.reject(error)
    }
  }
}

/** The text of a session that is not there, or a list of no record. */
function isNothing (answer: unknown): boolean {
  return String(answer) === ''
}
