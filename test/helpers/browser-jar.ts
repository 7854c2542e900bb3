import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'

/** A browser that keeps cookies, and sends them back. */
export class BrowserJar {
  readonly cookies: Record<string, string> = {}
  readonly #app: FastifyInstance

  constructor (app: FastifyInstance) {
    this.#app = app
  }

  get (url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.send({ method: 'GET', url, headers })
  }

  post (
    url: string, payload?: InjectOptions['payload'], headers: Record<string, string> = {}
  ): Promise<LightMyRequestResponse> {
    return this.send({ method: 'POST', url, headers, ...(payload === undefined ? {} : { payload }) })
  }

  /** Sends cookies with a request, and keeps those of its response. */
  async send (options: InjectOptions): Promise<LightMyRequestResponse> {
    const response = await this.#app.inject({ ...options, cookies: { ...this.cookies } })
    this.receive(response)
    return response
  }

  /** Takes the cookies of an answer in. */
  receive ({ cookies }: LightMyRequestResponse): void {
    for (const { name, value, maxAge } of cookies) {
      if (value === '' || maxAge === 0) delete this.cookies[name]
      else this.cookies[name] = value
    }
  }

  /** Somebody else with the same cookies. */
  copy (): BrowserJar {
    const other = new BrowserJar(this.#app)
    Object.assign(other.cookies, this.cookies)
    return other
  }
}
