import { performance } from 'node:perf_hooks'
import type { Redis } from 'ioredis'
import type { EndedSession } from '../../src/index.ts'
import type { Answered, Asked } from './client.ts'
import { Client } from './client.ts'
import type { EventLog, Exchange, Fields, Listing, Notification } from './events.ts'
import type { FleetNode } from './fleet.ts'

/** A request as it is asked for, and as the log has it. */
export interface Errand extends Pick<Exchange, 'kind' | 'handle' | 'idleForMs' | 'edit' | 'waitMs'>, Asked {}

/** A clock that only goes forward, set to that of the Redis. */
export type SteadyClock = () => number

/** Sends requests, and writes down what comes of them. */
export class Recorder implements EventLog {
  readonly exchanges: Exchange[] = []
  readonly notified: Notification[] = []
  readonly now: SteadyClock
  readonly #client: Client

  constructor (now: SteadyClock, patienceMs?: number) {
    this.now = now
    this.#client = new Client(patienceMs)
  }

  async send (node: FleetNode, { kind, handle, idleForMs, edit, waitMs, ...asked }: Errand): Promise<Answered> {
    const sentAtMs = this.now()
    const answered = await this.#client.send(node.port, asked)
    const { status, code, account, body, cookies } = answered
    const { fields, state, listing }: { fields?: Fields, state?: string, listing?: Listing } = Object(body)
    this.exchanges.push({
      kind,
      handle,
      node: node.index,
      sentAtMs,
      receivedAtMs: this.now(),
      status,
      lines: cookies.map(cookie => cookie.endsWith('=') ? 'clear' : 'set'),
      ...(code === undefined ? {} : { code }),
      ...(idleForMs === undefined ? {} : { idleForMs }),
      ...(edit === undefined ? {} : { edit }),
      ...(waitMs === undefined ? {} : { waitMs }),
      ...(state === undefined ? {} : { state }),
      ...(account === undefined ? {} : { account }),
      ...(fields === undefined ? {} : { fields }),
      ...(listing === undefined ? {} : { listing })
    })
    return answered
  }

  note (node: number, ended: EndedSession): void {
    this.notified.push({ node, receivedAtMs: this.now(), ended })
  }

  close (): void {
    this.#client.close()
  }
}

/** Returns the time in ms. Redis runs on this machine, but a clock of the machine may be set while the test runs. */
export async function steadyClock (redis: Redis): Promise<SteadyClock> {
  let [bestMs, offsetMs] = [Infinity, 0]
  for (let attempt = 0; attempt < 10; attempt++) {
    const before = performance.now()
    const [seconds, microseconds] = (await redis.time()).map(Number)
    const tookMs = performance.now() - before
    if (tookMs < bestMs) {
      [bestMs, offsetMs] = [tookMs, Number(seconds) * 1000 + Number(microseconds) / 1000 - before - tookMs / 2]
    }
  }
  return () => performance.now() + offsetMs
}
