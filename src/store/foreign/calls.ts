import { performance } from 'node:perf_hooks'
import type { SessionStore } from '@fastify/session'
import type { Session } from 'fastify'
import { StoreUnavailableError } from '../../errors.ts'
import { isThenable } from '../../option-checks.ts'
import type { WrittenSession } from './session.ts'

type Done = (error?: unknown, value?: unknown) => void

/** The answer of a store. It is boxed, as a promise takes an object with a key `then` for another promise. */
export interface Answer { readonly value: unknown }

/** The longest text that is kept of an error of a store. */
const LONGEST_WHY = 300

/** The answer of a store that cannot read what it holds. That session counts as unknown, and no other is affected. */
export const UNREADABLE = Symbol('a stored session that its store cannot read')

/**
 * The calls of one verb to a store of another package, all within one timeout. Such a store may call back at once,
 * later, twice or never, throw, or reject (G10): each call gives one promise, and rejects with one kind of error.
 *
 * @throws {StoreUnavailableError} which names no session id (G9)
 */
export class ForeignCalls {
  readonly #store: SessionStore
  readonly #timeoutMs: number
  readonly #endsAtMs: number

  constructor (store: SessionStore, timeoutMs: number) {
    this.#store = store
    this.#timeoutMs = timeoutMs
    this.#endsAtMs = performance.now() + timeoutMs
  }

  /** @returns what the store holds, if anything; UNREADABLE where the store cannot parse that */
  async get (id: string): Promise<Answer> {
    try {
      return await this.#ask(done => this.#store.get(id, done))
    } catch (error) {
      if (isNotFound(error)) return { value: undefined }
      if (error instanceof SyntaxError) return { value: UNREADABLE }
      throw this.#unavailable(error, id)
    }
  }

  async set (id: string, session: WrittenSession): Promise<void> {
    try {
      await this.#ask(done => this.#store.set(id, session as unknown as Session, done))
    } catch (error) {
      throw this.#unavailable(error, id)
    }
  }

  async destroy (id: string): Promise<void> {
    try {
      await this.#ask(done => this.#store.destroy(id, done))
    } catch (error) {
      if (!isNotFound(error)) throw this.#unavailable(error, id)
    }
  }

  #ask (call: (done: Done) => unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const leftMs = this.#endsAtMs - performance.now()
      if (leftMs < 1) return reject(this.#overdue()) // nothing is sent that nobody waits for
      const fail = (error: unknown): void => {
        clearTimeout(timer)
        reject(error)
      }
      const timer = setTimeout(() => fail(this.#overdue()), leftMs)
      try {
        const returned = call((error, value) => {
          if (error) return fail(error)
          clearTimeout(timer)
          resolve({ value })
        })
        // An async method that rejects would end the process. A method whose promise resolves may yet call
        // back.
        if (isThenable(returned)) returned.then(undefined, fail)
      } catch (error) {
        fail(error)
      }
    })
  }

  #overdue (): StoreUnavailableError {
    return new StoreUnavailableError(`the store did not answer within ${this.#timeoutMs / 1000} s`)
  }

  #unavailable (error: unknown, id: string): StoreUnavailableError {
    return error instanceof StoreUnavailableError ? error : new StoreUnavailableError(textOf(error, id))
  }
}

/** By the convention of express-session: the error of a store of files. A socket that is missing has the same code. */
function isNotFound (error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return Reflect.get(error, 'code') === 'ENOENT' && Reflect.get(error, 'syscall') !== 'connect'
}

/** The error itself is left behind: those of ioredis carry all arguments of the command. */
function textOf (error: unknown, id: string): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const secrets = [id, encodeURIComponent(id), JSON.stringify(id).slice(1, -1)].filter(secret => secret !== '')
    return secrets.reduce((shown, secret) => shown.replaceAll(secret, '(id)'), text).slice(0, LONGEST_WHY)
  } catch {
    return 'an error without a text'
  }
}
