import type { FastifyInstance } from 'fastify'

/** Knows the cookie of a session, and asks all the time whether it is authenticated. */
export class Attacker {
  readonly #app: FastifyInstance
  readonly #cookies: Record<string, string>
  readonly #seen = new Set<string>()
  #isStopped = false
  #asked = 0
  readonly #polling: Promise<void>

  constructor (app: FastifyInstance, cookies: Record<string, string>) {
    this.#app = app
    this.#cookies = { ...cookies }
    this.#polling = this.#poll()
  }

  /** Stops asking. @returns the users as whom the planted cookie ever was let in. */
  async stop (): Promise<string[]> {
    await this.#ask()
    this.#isStopped = true
    await this.#polling
    if (this.#asked < 2) throw new Error('the attacker had no time to ask')
    return [...this.#seen]
  }

  async #poll (): Promise<void> {
    while (!this.#isStopped) {
      await this.#ask()
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  async #ask (): Promise<void> {
    const response = await this.#app.inject({ url: '/passive', cookies: this.#cookies })
    this.#asked++
    const { user } = response.json()
    if (user !== null) this.#seen.add(user)
  }
}
