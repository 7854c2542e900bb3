import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answered, Asked } from './client.ts'
import { Client } from './client.ts'
import type { Fleet, FleetNode } from './fleet.ts'
import type { Random } from './random.ts'
import { randomFrom } from './random.ts'
import type { SoakRecorder } from './soak-recorder.ts'

/** Revocations are kept for a month: more ids would fill Redis as they should. */
const REVOKED_IDS = 50

/** Users of the load, of whom administrators end the sessions. A mark of that stays for a day. */
const USERS = 50

/** The other clients beside people: administrators, machines with tokens, and clients that hang up. */
export class SoakOthers {
  readonly #client = new Client()
  readonly #fleet: Fleet
  readonly #recorder: SoakRecorder
  readonly #random: Random
  #turn = 0

  constructor (fleet: Fleet, recorder: SoakRecorder, seed: number) {
    this.#fleet = fleet
    this.#recorder = recorder
    this.#random = randomFrom(seed)
  }

  async live (isOver: AbortSignal): Promise<void> {
    const doings = [() => this.#administer(), () => this.#useTokens(), () => this.#hangUp()]
    await Promise.all(doings.map(async doing => {
      while (!isOver.aborted) {
        await sleep(this.#random.between(100, 500))
        await doing()
      }
    }))
    this.#client.close()
  }

  async #administer (): Promise<void> {
    const turn = ++this.#turn
    const { body } = await this.#ask('GET', '/overview')
    const { live = [] }: { live?: string[] } = Object(body)
    const [handle] = live
    if (turn % 3 === 0) await this.#ask('POST', '/end-user', { user: `person ${turn / 3 % USERS}` })
    else if (turn % 3 === 1 && handle !== undefined) await this.#ask('POST', '/end', { handle })
  }

  async #useTokens (): Promise<void> {
    const turn = ++this.#turn
    const user = `person ${turn % USERS}`
    await this.#ask('POST', '/tokens', { id: `token ${turn}`, user, seconds: this.#random.between(1, 20) })
    const id = `revoked ${turn % REVOKED_IDS}`
    if (turn % 4 === 0) await this.#ask('POST', '/tokens', { id, user, seconds: 20 })
    else if (turn % 4 === 1) await this.#ask('POST', '/revoke', { id })
  }

  /** Signs in, and breaks connections during a body, a handler and an answer. */
  async #hangUp (): Promise<void> {
    const node = this.#node()
    const { cookies: [cookie = ''] } = await this.#ask('POST', '/sign-in', { user: 'somebody impatient' }, node)
    await Promise.all([
      breakOff(node.port, { method: 'PUT', path: '/fields/a', cookie, body: { value: 1, waitMs: 100 } }, 20, true),
      breakOff(node.port, { method: 'PUT', path: '/fields/b', cookie, body: { value: 1, waitMs: 200 } }, 60, false),
      breakOff(node.port, { method: 'GET', path: '/slow?waitMs=150', cookie }, 50, false),
      breakOff(node.port, { method: 'POST', path: '/renew?waitMs=100&saves=last', cookie, body: {} }, 40, false)
    ])
  }

  async #ask (method: Asked['method'], path: string, body?: object, node = this.#node()): Promise<Answered> {
    const [route = path] = path.split('?')
    const answered = await this.#client.send(node.port, { method, path, ...(body === undefined ? {} : { body }) })
    return this.#recorder.count(route, answered)
  }

  #node (): FleetNode {
    return this.#random.pick(this.#fleet.nodes)
  }
}

/** Sends a request, or half of its body, and closes the connection after so long. */
async function breakOff (
  port: number, { method, path, cookie, body }: Asked, afterMs: number, isHalf: boolean
): Promise<void> {
  const text = body === undefined ? '' : JSON.stringify(body)
  const ofBody = { 'content-type': 'application/json', 'content-length': text.length }
  const headers = { cookie, ...(body === undefined ? {} : ofBody) }
  const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  const gone = new Promise<void>(resolve => { asking.once('close', () => resolve()) })
  asking.on('error', () => { /* it was broken off */ })
  asking.on('response', response => response.resume())
  if (isHalf) asking.write(text.slice(0, text.length / 2))
  else asking.end(text)
  await sleep(afterMs)
  asking.destroy()
  await gone
}
