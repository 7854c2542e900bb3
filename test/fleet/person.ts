import { setTimeout as sleep } from 'node:timers/promises'
import type { Answered } from './client.ts'
import type { Field } from './events.ts'
import { FIELDS } from './events.ts'
import type { FleetNode } from './fleet.ts'
import type { Random } from './random.ts'
import type { Errand, Recorder } from './recorder.ts'

export interface PersonOptions {
  readonly name: string
  /** The nodes that run. */
  readonly nodes: () => readonly FleetNode[]
  readonly recorder: Recorder
  readonly random: Random
  readonly isOver: AbortSignal
}

/** A session as the browser has it. */
interface Held {
  readonly handle: string
  readonly cookie: string
}

/** Around the deadline, 1.6 s after the last activity: where requests, pings and sweeps meet. */
const LEFT_ALONE_MS = [1450, 1750] as const

/** Longer than knowledge of a session may be used, and up to around the deadline. */
const LONG_MS = [1050, 1700] as const

const KINDS = [
  'page', 'page', 'page', 'poll', 'poll', 'poll', 'ping', 'ping', 'ping', 'ping', 'slow', 'slow',
  'edit', 'edit', 'edit', 'edit', 'upload', 'renew', 'renew'
] as const

/** A person with several tabs. Sends at random the requests that browsers send, also at once, to any nodes. */
export class Person {
  /** In use, over, or anonymous. */
  #held: Held | undefined
  #user: string
  #isOver = false
  /** Never used twice, so that a field from another session shows. */
  #edits = 0
  /** The fields with an edit under way. Each has one at a time: of two edits, none would have to win. */
  readonly #edited = new Set<Field>()
  readonly #options: PersonOptions

  constructor (options: PersonOptions) {
    this.#options = options
    this.#user = options.name
  }

  async live (): Promise<void> {
    const { random, isOver } = this.#options
    await this.#pause(random.between(0, 1000))
    while (!isOver.aborted) {
      await this.#arrive()
      if (await this.signIn()) await this.#use()
      else await this.#pause(random.between(100, 400))
    }
  }

  /** Signs in with whatever cookie the browser has; and looks who is signed in then. */
  async signIn (): Promise<boolean> {
    const { random } = this.#options
    const before = this.#held
    const signingIn = this.#ask({ kind: 'sign-in', method: 'POST', path: '/sign-in', body: { user: this.#user } })
    // Somebody who planted the cookie, and waits for the sign-in.
    const planted = before === undefined ? [] : random.pick([0, 0, 1, 2])
    const others = Array.from({ length: Number(planted) }, async (_, index) => {
      if (index > 0) await signingIn
      await this.#ask({ kind: 'poll', method: 'GET', path: '/poll' }, before)
    })
    const { status } = await signingIn
    if (status === 200) {
      this.#isOver = false
      await this.#list(this.#user)
    }
    await Promise.all(others)
    return status === 200
  }

  async signOut (): Promise<boolean> {
    const { status } = await this.#ask({ kind: 'sign-out', method: 'POST', path: '/sign-out' })
    return status === 200
  }

  /** Signs in with the cookie of an ended or anonymous session, or without. */
  async #arrive (): Promise<void> {
    const { random } = this.#options
    if (!this.#isOver || random.chance(0.4)) this.#held = undefined // another browser: the session is left to the sweep
    if (this.#held !== undefined || random.chance(0.5)) return
    const value = ++this.#edits
    await this.#ask({ kind: 'visit', method: 'POST', path: '/visit', body: { value }, edit: { field: 'a', value } })
  }

  /** Sends requests until the session is over. No node may let the following ones in. */
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
        await this.#sendAtOnce(random.pick([1, 1, 1, 1, 1, 3]), this.#turn())
      }
    }
    if (this.#isOver) await this.#sendAtOnce(random.pick([0, 1, 2]))
  }

  /** Sends the rarer requests while other requests are under way. */
  #turn (): Array<() => Promise<unknown>> {
    const { random } = this.#options
    const turn = random.between(0, 1)
    if (turn < 0.05) return [() => this.signOut()]
    if (turn < 0.08) return [() => this.#forget()]
    if (turn < 0.12) return [() => this.#signInAsAnother()]
    if (turn < 0.17) return [() => this.#renew(0), () => this.#renew(0)]
    if (turn < 0.19) return [() => this.#renew(random.between(...LONG_MS)), () => this.signOut()]
    return turn < 0.25 ? [() => this.#renew(random.between(400, 600)), () => this.#comeBack()] : []
  }

  /** Sends a request after the throttle, and looks at the last activity a little later. */
  async #comeBack (): Promise<void> {
    await this.#pause(this.#options.random.between(200, 400))
    await this.#ask({ kind: 'page', method: 'GET', path: '/' })
    await this.#pause(300)
    await this.#ask({ kind: 'poll', method: 'GET', path: '/poll' })
  }

  async #pause (ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#options.isOver }).catch(() => { /* time to go */ })
  }

  async #sendAtOnce (count: number, others: ReadonlyArray<() => Promise<unknown>> = []): Promise<void> {
    const { random } = this.#options
    const answers: Array<Promise<unknown>> = Array.from({ length: count }, () => this.#sendAnything())
    answers.push(...others.map(send => sleep(random.between(0, 30)).then(send)))
    await Promise.all(answers)
  }

  async #sendAnything (): Promise<void> {
    const { random } = this.#options
    const field = FIELDS.find(field => !this.#edited.has(field))
    const kind = random.pick(KINDS)
    const waitMs = Math.floor(random.between(10, 300))
    if (kind === 'page') await this.#ask({ kind, method: 'GET', path: '/' })
    else if (kind === 'poll') await this.#ask({ kind, method: 'GET', path: '/poll' })
    else if (kind === 'slow') await this.#ask({ kind, method: 'GET', path: `/slow?waitMs=${waitMs}` })
    else if (kind === 'upload') await this.#upload(random.between(...LONG_MS))
    else if (kind === 'renew') await this.#renew(random.chance(0.5) ? waitMs : 0)
    else if (kind === 'ping') await this.#ping(Math.floor(random.between(0, 2000)))
    else if (field !== undefined) await this.#edit(field, random.chance(0.3) ? waitMs : 0)
  }

  async #ping (idleForMs: number): Promise<void> {
    await this.#ask({
      kind: 'ping', method: 'GET', path: `/session_security/ping?idleFor=${idleForMs / 1000}`, idleForMs
    })
  }

  async #edit (field: Field, waitMs: number): Promise<void> {
    this.#edited.add(field)
    const value = ++this.#edits
    await this.#ask({
      kind: 'edit', method: 'PUT', path: `/fields/${field}`, body: { value, waitMs }, edit: { field, value }, waitMs
    })
    this.#edited.delete(field)
  }

  async #upload (pauseMs: number): Promise<void> {
    await this.#ask({ kind: 'upload', method: 'POST', path: '/upload', body: { text: 'as long as it takes' }, pauseMs })
  }

  async #renew (waitMs: number): Promise<void> {
    const saves = this.#options.random.pick(['first', 'last'])
    await this.#ask({ kind: 'renew', method: 'POST', path: `/renew?waitMs=${Math.floor(waitMs)}&saves=${saves}` })
  }

  async #forget (): Promise<void> {
    await this.#ask({ kind: 'forget', method: 'POST', path: '/forget' })
  }

  /** The former user's session ends, whatever else is under way. */
  async #signInAsAnother (): Promise<void> {
    const { name } = this.#options
    const former = this.#user
    this.#user = former === name ? `${name}, the other` : name
    const { status } = await this.#ask({
      kind: 'sign-in', method: 'POST', path: '/sign-in', body: { user: this.#user }
    })
    if (status !== 200) this.#user = former // to sign in once more as the same user is an edit
    else await Promise.all([this.#list(this.#user), this.#list(former)])
  }

  async #list (user: string): Promise<void> {
    await this.#ask({ kind: 'list', method: 'GET', path: `/sessions?user=${encodeURIComponent(user)}` }, undefined)
  }

  /** Sends the cookie that the browser has, or another. Takes in the cookies of the answers in their order. */
  async #ask (
    errand: Omit<Errand, 'handle' | 'cookie'>, held = errand.kind === 'list' ? undefined : this.#held
  ): Promise<Answered> {
    const { recorder, random, nodes } = this.#options
    const sent = held === undefined ? { handle: '' } : held
    const answered = await recorder.send(random.pick(nodes()), { ...errand, ...sent })
    const { status, account, cookies } = answered
    const cookie = cookies.at(-1)
    if (status === 200 && errand.kind === 'forget' && account?.letIn === true) this.#isOver = true
    else if (status === 200 && sent.handle === this.#held?.handle && this.#isEnd(errand, answered)) this.#isOver = true
    if (cookie !== undefined && account?.began !== undefined) {
      this.#held = { handle: account.began, cookie }
      if (errand.kind !== 'forget' && errand.kind !== 'visit') this.#isOver = false
    }
    return answered
  }

  #isEnd ({ kind }: Pick<Errand, 'kind'>, { account }: Answered): boolean {
    return kind === 'sign-out' || (kind !== 'sign-in' &&
      kind !== 'visit' && kind !== 'list' && account?.letIn === false)
  }
}
