import { setTimeout as sleep } from 'node:timers/promises'
import type { Answered } from './client.ts'
import type { Field } from './events.ts'
import { FIELDS } from './events.ts'
import type { FleetNode } from './fleet.ts'
import type { Random } from './random.ts'
import type { Errand, Recorder } from './recorder.ts'

export interface PersonOptions {
  readonly name: string
  /** Those that run. */
  readonly nodes: () => readonly FleetNode[]
  readonly recorder: Recorder
  readonly random: Random
  readonly isOver: AbortSignal
}

/** Around the deadline, 1.6 s after the last activity: where requests, pings and sweeps meet. */
const LEFT_ALONE_MS = [1450, 1750] as const

/** Somebody with several tabs open, who sends at random what browsers send, also at once, to whichever nodes. */
export class Person {
  /** Of the session that is in use, if any. */
  handle: string | undefined
  #cookie = ''
  #isOver = false
  #edits = 0
  /** A field is edited by one request at a time: of two, nobody could say which wins. */
  readonly #edited = new Set<Field>()
  readonly #options: PersonOptions

  constructor (options: PersonOptions) {
    this.#options = options
  }

  async live (): Promise<void> {
    const { random, isOver } = this.#options
    await this.#pause(random.between(0, 1000))
    while (!isOver.aborted) {
      if (await this.signIn()) await this.#use()
      else await this.#pause(random.between(100, 400))
    }
  }

  async signIn (): Promise<boolean> {
    const { name } = this.#options
    const { status, cookie, account } = await this.#ask({ kind: 'sign-in', handle: '', method: 'POST', path: '/sign-in', body: { user: name } })
    if (status !== 200 || cookie === undefined || account?.handle == null) return false
    this.handle = account.handle
    this.#cookie = cookie
    this.#isOver = false
    this.#edits = 0
    return true
  }

  async signOut (): Promise<boolean> {
    const { status } = await this.#send({ kind: 'sign-out', method: 'POST', path: '/sign-out' })
    return status === 200
  }

  /** Until the session is over, and for a few requests more: none of those may be let in. */
  async #use (): Promise<void> {
    const { random, isOver } = this.#options
    const pace = random.between(400, 1500)
    while (!isOver.aborted && !this.#isOver) {
      if (random.chance(0.02)) return // gone, for the sweep to find
      if (random.chance(0.12)) {
        await this.#pause(random.between(...LEFT_ALONE_MS))
        await this.#sendAtOnce(random.pick([1, 2, 3]))
      } else {
        await this.#pause(random.between(0.2, 1.8) * pace)
        await this.#sendAtOnce(random.pick([1, 1, 1, 1, 1, 3]), random.chance(0.05))
      }
    }
    if (this.#isOver) await this.#sendAtOnce(random.pick([0, 1, 2]))
  }

  async #pause (ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#options.isOver }).catch(() => { /* time to go */ })
  }

  async #sendAtOnce (count: number, signsOut = false): Promise<void> {
    const { random } = this.#options
    const answers: Array<Promise<unknown>> = Array.from({ length: count }, () => this.#sendAnything())
    if (signsOut) answers.push(sleep(random.between(0, 30)).then(() => this.signOut()))
    await Promise.all(answers)
  }

  async #sendAnything (): Promise<void> {
    const { random } = this.#options
    const field = FIELDS.find(field => !this.#edited.has(field))
    const kind = random.pick(['page', 'page', 'poll', 'poll', 'ping', 'ping', 'ping', 'slow', 'edit', 'edit', 'edit'] as const)
    const waitMs = Math.floor(random.between(10, 300))
    if (kind === 'page') await this.#send({ kind, method: 'GET', path: '/' })
    else if (kind === 'poll') await this.#send({ kind, method: 'GET', path: '/poll' })
    else if (kind === 'slow') await this.#send({ kind, method: 'GET', path: `/slow?waitMs=${waitMs}` })
    else if (kind === 'ping') await this.#ping(Math.floor(random.between(0, 2000)))
    else if (field !== undefined) await this.#edit(field, random.chance(0.3) ? waitMs : 0)
  }

  async #ping (idleForMs: number): Promise<void> {
    await this.#send({ kind: 'ping', method: 'GET', path: `/session_security/ping?idleFor=${idleForMs / 1000}`, idleForMs })
  }

  async #edit (field: Field, waitMs: number): Promise<void> {
    this.#edited.add(field)
    const value = ++this.#edits
    await this.#send({ kind: 'edit', method: 'PUT', path: `/fields/${field}`, body: { value, waitMs }, edit: { field, value } })
    this.#edited.delete(field)
  }

  async #send (errand: Omit<Errand, 'handle' | 'cookie'>): Promise<Answered> {
    const answered = await this.#ask({ ...errand, handle: this.handle ?? '', cookie: this.#cookie })
    const { status, account } = answered
    if (status === 200 && (errand.kind === 'sign-out' || account?.letIn === false)) this.#isOver = true
    return answered
  }

  async #ask (errand: Errand): Promise<Answered> {
    const { recorder, random, nodes } = this.#options
    return await recorder.send(random.pick(nodes()), errand)
  }
}
