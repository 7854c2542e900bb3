import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:http'
import type { Outcome, Target } from './round.ts'

interface Line {
  readonly url: string
  readonly cookies: readonly string[]
  readonly agent: Agent
}

/** Sends one request at a time, to several servers in turn. Redis sees the same load from many nodes. */
export class InTurn {
  readonly #lines: readonly Line[]

  constructor (targets: readonly Target[]) {
    this.#lines = targets.map(({ url, cookies }) => {
      return { url, cookies, agent: new Agent({ keepAlive: true, maxSockets: 1 }) }
    })
  }

  async run (seconds: number): Promise<Outcome> {
    const tookMs: number[] = []
    let failures = 0
    const startedMs = performance.now()
    for (let turn = 0; performance.now() - startedMs < seconds * 1000; turn++) {
      for (const line of this.#lines) {
        const sentMs = performance.now()
        if (!await ask(line, turn)) failures++
        tookMs.push(performance.now() - sentMs)
      }
    }
    const elapsedSeconds = (performance.now() - startedMs) / 1000
    for (const { agent } of this.#lines) agent.destroy()
    const p99Ms = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * 0.99)] ?? NaN
    return { requests: tookMs.length, perSecond: tookMs.length / elapsedSeconds, p99Ms, failures }
  }
}

/**
 * Sends one request with the cookie of the browser whose turn it is.
 * @returns whether the status was 200
 */
async function ask ({ url, cookies, agent }: Line, turn: number): Promise<boolean> {
  const cookie = cookies[turn % cookies.length]
  const sent = request(url, { agent, headers: cookie === undefined ? {} : { cookie } }).end()
  const [response] = await once(sent, 'response') as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return response.statusCode === 200
}
