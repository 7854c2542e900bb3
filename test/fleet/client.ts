import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Account } from './events.ts'
import { ACCOUNT_HEADER } from './events.ts'

/** The ms that a request may take: far beyond any bound that is promised. */
const PATIENCE_MS = 15_000

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly cookie?: string
  readonly body?: object
  /** The ms for which the second half of the body is held back. */
  readonly pauseMs?: number
}

export interface Answered {
  readonly status: number
  readonly code?: string
  readonly account?: Account
  readonly body?: unknown
  /** Each as it is to be sent back. */
  readonly cookies: readonly string[]
}

/**
 * A plain HTTP client. It keeps connections, and no cookies: who sends an ended session's cookie does so on purpose.
 */
export class Client {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #patienceMs: number

  constructor (patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs
  }

  /** Never rejects: a connection that breaks is an answer of status 0. */
  async send (port: number, asked: Asked): Promise<Answered> {
    try {
      const response = await this.#exchange(port, asked)
      const body: unknown = await json(response)
      const account = response.headers[ACCOUNT_HEADER]
      const cookies = (response.headers['set-cookie'] ?? []).map(line => line.split(';', 1)[0] ?? '')
      const status = response.statusCode ?? 0
      return {
        status,
        body,
        cookies,
        ...(status < 400 ? {} : { code: String(Object(body).code) }),
        ...(typeof account === 'string' ? { account: JSON.parse(account) } : {})
      }
    } catch (error) {
      return { status: 0, code: String(Object(error).code ?? error), cookies: [] }
    }
  }

  close (): void {
    this.#agent.destroy()
  }

  #exchange (port: number, { method, path, cookie, body, pauseMs = 0 }: Asked): Promise<IncomingMessage> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = {
      ...(cookie === undefined ? {} : { cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': text.length })
    }
    const signal = AbortSignal.timeout(this.#patienceMs)
    const options = { host: '127.0.0.1', port, method, path, headers, agent: this.#agent, signal }
    return new Promise((resolve, reject) => {
      const asking = request(options, resolve)
      asking.once('error', reject)
      if (pauseMs === 0) return asking.end(text)
      const half = Math.floor(text.length / 2)
      asking.write(text.slice(0, half))
      setTimeout(() => asking.end(text.slice(half)), pauseMs)
    })
  }
}
