import { performance } from 'node:perf_hooks'
import type { ApplicationMarks } from '../application-marks.ts'
import type { StoreLog } from '../store-log.ts'
import type { Shards } from './shards.ts'
import { fromWord, toWord } from './words.ts'

/** For how long the marks stand where no node of the application runs any more: 30 days. */
export const APPLICATION_LIFE_MS = 30 * 86_400_000

/** How often they are looked at, and live anew. */
const REFRESH_MS = 86_400_000

/** How often nodes that start at the same moment may get in each other's way. */
const MOST_TRIES = 4

/** Secrets that are changed one after the other. */
const MOST_MARKS = 8

const FOREIGN = 'another application keeps its sessions under the same prefix of this Redis, or the secret was changed without ' +
  'keeping the former one beside it: two applications list and end each other\'s sessions. Give each a prefix of its own'

/**
 * Warns once where another application has its sessions under the same prefix. Each has a secret of its own, so the marks that
 * stand in Redis are signed: a node whose secrets made one of them belongs to that application.
 *
 * Such a node adds the marks of its other secrets, and keeps those that it does not know: while secrets are changed node by
 * node, a node with the former one and a node with the next one find a mark of theirs, whichever starts again. A node that
 * finds none of its own adds nothing: what it leaves there goes on to warn it at each start.
 */
export class Application {
  readonly #shards: Shards
  readonly #log: StoreLog
  readonly #marks: ApplicationMarks
  #lookedAtMs = -Infinity
  #hasWarned = false

  constructor (shards: Shards, marks: ApplicationMarks, log: StoreLog) {
    this.#shards = shards
    this.#marks = marks
    this.#log = log
  }

  /** Looks, where that was not done today. A Redis that does not answer is asked at the next call. */
  look (): void {
    const nowMs = performance.now()
    if (nowMs - this.#lookedAtMs < REFRESH_MS) return
    this.#lookedAtMs = nowMs
    this.#look().catch(() => { this.#lookedAtMs = -Infinity })
  }

  async #look (): Promise<void> {
    let [expected, marks] = ['', this.#marks.own()]
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const text = marks.map(toWord).join(' ')
      const found = String(await this.#shards.replaceApplication(expected, text, APPLICATION_LIFE_MS))
      if (found === text) return
      const known = found.split(' ').map(word => fromWord(word) ?? '').slice(0, MOST_MARKS)
      const missing = this.#marks.missing(known)
      if (missing === null) return this.#warn()
      expected = found
      marks = [...missing, ...known].slice(0, MOST_MARKS)
    }
  }

  #warn (): void {
    if (!this.#hasWarned) this.#log.warn({ prefix: this.#shards.keys.prefix }, FOREIGN)
    this.#hasWarned = true
  }
}
