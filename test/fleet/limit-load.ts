import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet, FleetNode } from './fleet.ts'
import { sharedMs } from './limit-events.ts'
import type { LimitKeys } from './limit-keys.ts'
import type { GivenCookie, LimitRecorder } from './limit-recorder.ts'
import { LimitBrowser } from './limit-browser.ts'
import type { Random } from './random.ts'
import { randomFrom } from './random.ts'

export const USERS = ['ada', 'bob', 'cyd', 'dee'] as const

/** The number of browsers of each user. */
const BROWSERS = 12
/** In a second, by all together. Half of the renewals are of sessions that end meanwhile. */
const [SIGN_INS, RENEWALS, SIGN_OUTS, OTHERS, ENDS] = [56, 100, 10, 40, 4]
/** The number of cookies to try after the end of all sessions of their user. */
const TRIED = 12

export interface LimitLoadOptions {
  readonly fleet: Fleet
  readonly recorder: LimitRecorder
  readonly keys: LimitKeys
  readonly seed: number
}

/** Has many browsers of a few users sign in and renew at random nodes. */
export class LimitLoad {
  readonly browsers: readonly LimitBrowser[]
  readonly nodes: readonly FleetNode[]
  readonly #options: LimitLoadOptions
  readonly #random: Random
  readonly #underWay = new Set<Promise<unknown>>()

  constructor (options: LimitLoadOptions) {
    this.#options = options
    this.nodes = options.fleet.nodes
    this.#random = randomFrom(options.seed)
    const send = { recorder: options.recorder, random: this.#random, node: () => this.node() }
    this.browsers = Array.from({ length: USERS.length * BROWSERS }, () => USERS)
      .map((users, index) => new LimitBrowser(users[index % users.length] ?? '', send))
  }

  node (): FleetNode {
    return this.#random.pick(this.nodes)
  }

  /** Resolves when the time is up and everybody has been answered. */
  async run (seconds: number): Promise<void> {
    const endMs = sharedMs() + seconds * 1000
    await Promise.all([
      this.#pace(endMs, SIGN_INS, () => this.#oneFree()?.signInAnyhow()),
      this.#pace(endMs, RENEWALS, () => this.#oneSignedIn()?.renewAnyhow()),
      this.#pace(endMs, SIGN_OUTS, () => this.#oneSignedIn()?.signOutAnyhow()),
      this.#pace(endMs, OTHERS, () => this.#tryAny()),
      this.#pace(endMs, ENDS, () => this.#endAny()),
      this.#watch(endMs)
    ])
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  /** Asks a node to end all sessions of a user, or all but one. Then tries the earlier cookies at any node. */
  async endUser (user: string, except?: string): Promise<void> {
    const { recorder } = this.#options
    const body = { user, except: [except ?? []].flat() }
    const exempt = except === undefined ? {} : { except }
    await recorder.send(this.node(), { kind: 'end-user', user, method: 'POST', path: '/end-user', body, ...exempt })
    const theirs = recorder.given.filter(given => given.user === user).slice(-TRIED)
    await Promise.all(theirs.map(held => this.try(held)))
  }

  /** Asks with a cookie, also if its person has another by now. */
  async try (held: GivenCookie, node = this.node()): Promise<boolean> {
    const { user } = held
    const { exchange } = await this.#options.recorder.send(
      node, { kind: 'member', user, method: 'GET', path: '/member', held }
    )
    return exchange.status === 200
  }

  /** Every third time, the session goes on that was begun last. */
  async #endAny (): Promise<void> {
    const user = this.#random.pick(USERS)
    const last = this.#options.recorder.given.findLast(given => given.user === user)
    await this.endUser(user, this.#random.chance(0.33) ? last?.handle : undefined)
  }

  async #tryAny (): Promise<void> {
    const { given } = this.#options.recorder
    const held = given[given.length - 1 - Math.floor(this.#random.between(0, Math.min(60, given.length)))]
    if (held !== undefined) await this.try(held)
  }

  /** Picks a browser that got its cookie before most others. Its session is over, or soon will be. */
  #oneFree (): LimitBrowser | undefined {
    const free = this.browsers.filter(browser => browser.isFree).sort((a, b) => a.givenAtMs - b.givenAtMs)
    return this.#one(free.slice(0, BROWSERS))
  }

  /** Mostly one that was given its cookie lately: others may have been displaced. */
  #oneSignedIn (): LimitBrowser | undefined {
    const signedIn = this.browsers.filter(browser => browser.isSignedIn).sort((a, b) => b.givenAtMs - a.givenAtMs)
    return this.#one(this.#random.chance(0.8) ? signedIn.slice(0, USERS.length) : signedIn)
  }

  #one (browsers: readonly LimitBrowser[]): LimitBrowser | undefined {
    return browsers.length === 0 ? undefined : this.#random.pick(browsers)
  }

  /** Does something so often in a second, however long each takes. */
  async #pace (endMs: number, perSecond: number, act: () => Promise<unknown> | undefined): Promise<void> {
    const startMs = sharedMs()
    for (let turn = 1; sharedMs() < endMs; turn++) {
      const acting = Promise.resolve(act()).finally(() => this.#underWay.delete(acting))
      this.#underWay.add(acting)
      await sleep(startMs + turn * 1000 / perSecond - sharedMs())
    }
  }

  /** Looks at the sessions of one user after the other. It asks Redis and a node. */
  async #watch (endMs: number): Promise<void> {
    const { recorder, keys } = this.#options
    for (let turn = 0; sharedMs() < endMs; turn++) {
      const user = USERS[turn % USERS.length] ?? ''
      await recorder.look(user, () => keys.see(user))
      if (turn % 3 === 0) await this.list(user)
      await sleep(5)
    }
  }

  /** Looks at the sessions of a user through a node. */
  async list (user: string): Promise<void> {
    await this.#options.recorder.look(user, async () => {
      const { live }: { live: string[] } = Object(await this.#options.recorder.ask(
        this.node(), 'GET', `/sessions?user=${user}`
      ))
      return { live, listed: live }
    })
  }
}
