import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Account } from './events.ts'
import { ACCOUNT_HEADER } from './events.ts'

/** Far beyond any bound that is promised: a request that takes longer is a find of its own. */
const PATIENCE_MS = 15_000

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly cookie?: string
  readonly body?: object
}

export interface Answered {
  readonly status: number
  readonly code?: string
  readonly account?: Account
  readonly body?: unknown
  /** As it is to be sent back. */
  readonly cookie?: string
}

/** A plain HTTP client. It keeps connections, and no cookies: who sends an ended session's cookie does so on purpose. */
export class Client {
  readonly #agent = new Agent({ keepAlive: true })

  /** Never rejects: a connection that breaks is an answer of status 0. */
  async send (port: number, asked: Asked): Promise<Answered> {
    try {
      const response = await this.#exchange(port, asked)
      const body: unknown = await json(response)
      const account = response.headers[ACCOUNT_HEADER]
      const [cookie] = response.headers['set-cookie']?.[0]?.split(';') ?? []
      const status = response.statusCode ?? 0
      return {
        status,
        body,
        ...(status < 400 ? {} : { code: String(Object(body).code) }),
        ...(typeof account === 'string' ? { account: JSON.parse(account) } : {}),
        ...(cookie === undefined ? {} : { cookie })
      }
    } catch (error) {
      return { status: 0, code: String(Object(error).code ?? error) }
    }
  }

  close (): void {
    this.#agent.destroy()
  }

  #exchange (port: number, { method, path, cookie, body }: Asked): Promise<IncomingMessage> {
    const headers = { ...(cookie === undefined ? {} : { cookie }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    return new Promise((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: this.#agent, signal: AbortSignal.timeout(PATIENCE_MS) }, resolve)
      asking.once('error', reject)
      asking.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }
}
