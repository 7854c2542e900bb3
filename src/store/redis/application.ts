import { performance } from 'node:perf_hooks'
import type { ApplicationMarks } from '../application-marks.ts'
import type { StoreLog } from '../store-log.ts'
import type { Shards } from './shards.ts'
import { fromWord, toWord } from './words.ts'

/** The ms for which marks stay if no node of the application runs: 30 days. */
export const APPLICATION_LIFE_MS = 30 * 86_400_000

/** The ms after which a node looks at the marks again, and renews their life. */
const REFRESH_MS = 86_400_000

/** The most tries, as nodes that start together may overwrite each other's marks. */
const MOST_TRIES = 4

/** The most marks that stay. Older secrets of the application have them. */
const MOST_MARKS = 8

const FOREIGN = 'another application keeps its sessions under the same prefix of this Redis, ' +
  'or this application\'s secret was replaced and not kept as a former one: ' +
  'two applications under one prefix list and end each other\'s sessions. Give each application its own prefix'

/**
 * Warns once if another application has its sessions under the same prefix. Each application has its own secret, so the
 * marks in Redis are signed. A node whose secrets made one of them belongs to that application.
 *
 * Such a node adds the marks of its other secrets, and keeps unknown ones. While secrets are changed node by node, a
 * node with the former secret and a node with the next one then both find a mark of theirs. A node that finds none of
 * its own adds nothing, and warns at each start.
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

  /** Looks at the marks once a day. If Redis does not answer, the next call asks again. */
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
