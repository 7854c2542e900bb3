import type { FleetNode } from './fleet.ts'
import type { LimitExchange } from './limit-events.ts'
import type { GivenCookie, LimitRecorder } from './limit-recorder.ts'
import type { Handling } from './limited-app.ts'
import type { Random } from './random.ts'

export interface LimitBrowserOptions {
  readonly recorder: LimitRecorder
  readonly random: Random
  /** Any node. */
  node (): FleetNode
}

type Doing = Partial<Omit<Handling, 'user'>> & { readonly node?: FleetNode }

/** A browser of one user. Its cookie goes out with each request, and an answer may bring another. */
export class LimitBrowser {
  readonly user: string
  readonly #options: LimitBrowserOptions
  #held: GivenCookie | undefined
  /** Whether the cookie has let it in since it was given, or may still. */
  #isSignedIn = false
  #signingIn = false
  #givenAtMs = 0
  #renewing = 0

  constructor (user: string, options: LimitBrowserOptions) {
    this.user = user
    this.#options = options
  }

  /** Whether it may sign in. No request is under way that could change the user here. */
  get isFree (): boolean {
    return !this.#signingIn && this.#renewing === 0
  }

  get isSignedIn (): boolean {
    return this.#isSignedIn && !this.#signingIn
  }

  /** The moment at which it last got the cookie of a live session. The oldest are displaced first. */
  get givenAtMs (): number {
    return this.#givenAtMs
  }

  /**
   * Signs in with a dead cookie, with one of an anonymous session, or without. The handler waits or does not. A live
   * session is left behind, as in another browser.
   */
  async signInAnyhow (): Promise<void> {
    const { random } = this.#options
    const turn = random.between(0, 1)
    this.#signingIn = true
    if (this.#isSignedIn || turn < 0.3) this.#held = undefined
    if (turn < 0.1) await this.#send('visit')
    await this.signIn(this.#anyDoing(300))
    await this.look()
  }

  /** Renews, sometimes by several requests at once: then those are the twins of one family. */
  async renewAnyhow (): Promise<void> {
    const { random } = this.#options
    const requests = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => this.renew(this.#anyDoing(80)))
    await Promise.all(requests)
    await this.look()
  }

  /** Signs out while a renewal is under way. */
  async signOutAnyhow (): Promise<void> {
    await Promise.all([
      this.renew({ beforeMs: Math.ceil(this.#options.random.between(10, 80)) }), this.#send('sign-out')
    ])
    await this.look()
  }

  async signIn (doing: Doing = {}): Promise<LimitExchange> {
    this.#signingIn = true
    try {
      return await this.#send('sign-in', doing)
    } finally {
      this.#signingIn = false
    }
  }

  async renew (doing: Doing = {}): Promise<LimitExchange> {
    this.#renewing++
    try {
      return await this.#send('renew', doing)
    } finally {
      this.#renewing--
    }
  }

  /** Asks for the page behind the guard. */
  async look (): Promise<void> {
    await this.#send('member')
  }

  /**
   * Takes in an answer. Answers come in any order: a cookie that another one has replaced meanwhile says nothing of
   * that one.
   */
  async #send (
    kind: LimitExchange['kind'], { node = this.#options.node(), ...doing }: Doing = {}
  ): Promise<LimitExchange> {
    const { user, recorder } = { user: this.user, recorder: this.#options.recorder }
    const sent = this.#held
    const handling: Handling = { user, isHeld: false, beforeMs: 0, afterMs: 0, ...doing }
    const asked = kind === 'member' ? { method: 'GET' } as const : { method: 'POST', body: handling } as const
    const { exchange, held } = await recorder.send(node, { kind, user, path: `/${kind}`, held: sent, ...asked })
    if (held !== undefined) {
      this.#held = held
      this.#isSignedIn = kind !== 'visit'
      this.#givenAtMs = exchange.receivedAtMs
    } else if ((exchange.status !== 200 || kind === 'sign-out') && sent === this.#held) {
      this.#isSignedIn = false
    }
    return exchange
  }

  #anyDoing (waitMs: number): Doing {
    const { random } = this.#options
    const beforeMs = random.chance(0.5) ? Math.ceil(random.between(0, waitMs)) : 0
    return { beforeMs, afterMs: random.chance(0.2) ? Math.ceil(random.between(0, 100)) : 0 }
  }
}
