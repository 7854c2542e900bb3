import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answered } from './client.ts'
import type { FleetNode } from './fleet.ts'
import { show } from './lives.ts'
import { TIMEOUTS } from './messages.ts'
import type { Errand, Recorder } from './recorder.ts'

/** Far below the idle timeout of a fleet. */
const PACE_MS = 250

/** The ms by which an activity counts as older than it is. Less than the throttle, and the way of a request. */
const SPARE_MS = 2 * TIMEOUTS.throttle * 1000

/**
 * A person who never rests, in one session, and must not be ended. A machine that makes them wait for too long is an
 * exception.
 */
export class Worker {
  readonly #name: string
  readonly #recorder: Recorder
  readonly #longestPauseMs: number
  #held = { handle: '', cookie: '' }
  /** When the latest request was sent that was let in. */
  #activeAtMs = -Infinity
  #isAtWork = false
  /** Never used twice, so that an edit that is lost shows. */
  #edits = 0

  constructor (name: string, recorder: Recorder, expireAfterMs: number) {
    this.#name = name
    this.#recorder = recorder
    this.#longestPauseMs = expireAfterMs - SPARE_MS
  }

  /** Whether every answer came in time for the next request. */
  get isAtWork (): boolean { return this.#isAtWork }

  async signIn (node: FleetNode): Promise<void> {
    const sentAtMs = performance.now()
    const { status, account, cookies: [cookie = ''] } = await this.#recorder.send(node, {
      kind: 'sign-in', handle: '', method: 'POST', path: '/sign-in', body: { user: this.#name }
    })
    if (status !== 200 || account?.began === undefined) return
    this.#held = { handle: account.began, cookie }
    this.#activeAtMs = sentAtMs
    this.#isAtWork = true
  }

  /** Sends requests that are under way for longer than it takes to stop the node. */
  async leaveOpen (node: FleetNode): Promise<void> {
    await Promise.all([
      this.#send(node, { kind: 'slow', method: 'GET', path: '/slow?waitMs=1500' }),
      this.#edit(node, 'd', 1500),
      this.#send(node, {
        kind: 'upload', method: 'POST', path: '/upload', body: { text: 'as long as it takes' }, pauseMs: 1500
      })
    ])
  }

  /** At one node after the other, until the day is over. */
  async work (nodes: readonly FleetNode[], isOver: AbortSignal): Promise<void> {
    for (let turn = 0; !isOver.aborted && this.#isAtWork; turn++) {
      const node = nodes[turn % nodes.length]
      if (node === undefined) throw new RangeError('no node runs')
      const sentAtMs = performance.now()
      this.#judge(sentAtMs, await this.#edit(node, turn % 2 === 0 ? 'a' : 'b', 0))
      await sleep(PACE_MS)
    }
  }

  /** Looks at a page: the node lets the session in under its own id. */
  async look (node: FleetNode): Promise<void> {
    const sentAtMs = performance.now()
    this.#judge(sentAtMs, await this.#send(node, { kind: 'page', method: 'GET', path: '/' }))
  }

  #judge (sentAtMs: number, { status, account }: Answered): void {
    if (performance.now() > this.#activeAtMs + this.#longestPauseMs) this.#isAtWork = false
    if (status !== 200 || !this.#isAtWork) return
    const notified = `${this.#name} is at work, and was ended:\n${this.#story()}`
    assert.deepEqual([account?.letIn, account?.handle], [true, this.#held.handle], notified)
    this.#activeAtMs = Math.max(this.#activeAtMs, sentAtMs)
  }

  /** Returns the story of the session at the end. */
  #story (): string {
    const { handle } = this.#held
    const { notified, exchanges } = this.#recorder
    const ends = notified.filter(({ ended }) => ended.handle === handle)
      .map(({ ended, node }) => `notified by ${node}: ${JSON.stringify(ended)}`)
    return [...ends, ...exchanges.filter(exchange => exchange.handle === handle).slice(-10).map(show)].join('\n')
  }

  async #edit (node: FleetNode, field: 'a' | 'b' | 'd', waitMs: number): Promise<Answered> {
    const value = ++this.#edits
    return await this.#send(node, {
      kind: 'edit', method: 'PUT', path: `/fields/${field}`, body: { value, waitMs }, edit: { field, value }, waitMs
    })
  }

  async #send (node: FleetNode, errand: Omit<Errand, 'handle' | 'cookie'>): Promise<Answered> {
    return await this.#recorder.send(node, { ...errand, ...this.#held })
  }
}
