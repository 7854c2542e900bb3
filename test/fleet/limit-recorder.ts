import { Keys, DEFAULT_PREFIX } from '../../src/store/redis/keys.ts'
import type { EndedSession } from '../../src/index.ts'
import type { Asked } from './client.ts'
import { Client } from './client.ts'
import type { Notification } from './events.ts'
import type { FleetNode } from './fleet.ts'
import type { LimitExchange, LimitLog, LimitState, Look } from './limit-events.ts'
import { sharedMs } from './limit-events.ts'

/** A cookie that an answer set. Each browser that has it may send it at any time. */
export interface GivenCookie {
  readonly user: string
  readonly handle: string
  readonly cookie: string
}

export interface LimitErrand extends Pick<LimitExchange, 'kind' | 'user' | 'except'>, Omit<Asked, 'cookie'> {
  readonly held?: GivenCookie | undefined
}

/** Sends requests to a fleet under a limit, and writes down what comes of them. */
export class LimitRecorder implements LimitLog {
  readonly exchanges: LimitExchange[] = []
  readonly looks: Look[] = []
  readonly notified: Notification[] = []
  readonly states = new Map<string, LimitState>()
  /** All cookies that sign-ins and renewals ever gave. */
  readonly given: GivenCookie[] = []
  readonly #client = new Client()
  readonly #keys: Keys

  constructor (isCluster: boolean) {
    this.#keys = new Keys(DEFAULT_PREFIX, isCluster)
  }

  /** @returns the exchange, and the cookie that the answer set. */
  async send (
    node: FleetNode, { kind, user, except, held, ...asked }: LimitErrand
  ): Promise<{ exchange: LimitExchange, held?: GivenCookie }> {
    const sentAtMs = sharedMs()
    const answered = await this.#client.send(
      node.port, { ...asked, ...(held === undefined ? {} : { cookie: held.cookie }) }
    )
    const { status, code, account, body, cookies } = answered
    const { calledAtMs, ended }: Pick<LimitExchange, 'calledAtMs' | 'ended'> = Object(body)
    const cookie = cookies.findLast(cookie => !cookie.endsWith('=')) // an empty one takes a cookie away
    const given = cookie === undefined ? undefined : { user, handle: this.#handleOf(cookie), cookie }
    const exchange: LimitExchange = {
      kind,
      user,
      node: node.index,
      sentAtMs,
      receivedAtMs: sharedMs(),
      status,
      ...(held === undefined ? {} : { handle: held.handle }),
      ...(except === undefined ? {} : { except }),
      ...(code === undefined ? {} : { code }),
      ...(account?.arrivedAtMs === undefined ? {} : { arrivedAtMs: account.arrivedAtMs }),
      ...(account?.savingAtMs === undefined ? {} : { savingAtMs: account.savingAtMs }),
      ...(account?.startedAtMs === undefined ? {} : { startedAtMs: account.startedAtMs }),
      ...(given === undefined ? {} : { given: given.handle }),
      ...(calledAtMs === undefined ? {} : { calledAtMs }),
      ...(ended === undefined ? {} : { ended })
    }
    this.exchanges.push(exchange)
    if (given === undefined) return { exchange }
    if (kind !== 'visit') this.given.push(given)
    return { exchange, held: given }
  }

  /** Asks for something that is nobody's doing. */
  async ask (node: FleetNode, method: Asked['method'], path: string): Promise<unknown> {
    const { status, code, body } = await this.#client.send(node.port, { method, path })
    if (status !== 200) throw new Error(`${path} was answered ${status}: ${String(code)}`)
    return body
  }

  /** Looks once at a user's sessions. */
  async look (user: string, see: () => Promise<Pick<Look, 'live' | 'listed'>>): Promise<Look> {
    const beforeMs = sharedMs()
    const seen = await see()
    const look = { user, beforeMs, afterMs: sharedMs(), ...seen }
    this.looks.push(look)
    return look
  }

  note (node: number, ended: EndedSession): void {
    this.notified.push({ node, receivedAtMs: sharedMs(), ended })
  }

  close (): void {
    this.#client.close()
  }

  #handleOf (cookie: string): string {
    const value = decodeURIComponent(cookie.slice(cookie.indexOf('=') + 1))
    return this.#keys.handleOf(value.slice(0, value.lastIndexOf('.')))
  }
}
