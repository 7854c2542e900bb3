import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { EndReason, Terms } from '../core/policy.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { Handle } from '../store/handle.ts'
import { handleOf } from '../store/handle.ts'
import type { SessionLink } from '../store/session-link.ts'
import { linkOf } from '../store/session-link.ts'
import type { Admission, Cap, EndedSession, Fate, Settlement, Touched } from '../store/store.ts'
import type { Held, Keeper } from './keeper.ts'
import { signedCookies } from './session-cookie.ts'

const UNKNOWN = { state: 'unknown' } as const satisfies Fate

/** Records kept by a MemoryStore or a RedisStore. */
export class StoreKeeper implements Keeper {
  readonly freshForMs: number
  readonly #store: ActivityStore
  readonly #fastify: FastifyInstance

  constructor (store: ActivityStore, fastify: FastifyInstance) {
    this.#store = store
    this.#fastify = fastify
    this.freshForMs = store.freshForMs
  }

  held (request: FastifyRequest): Held | null {
    const link = linkOf(request.session)
    if (link?.fate.state !== 'live') return null
    return { handle: link.handle, record: link.fate.record, user: link.fate.user, nowMs: link.fate.nowMs, seenAtMs: link.seenAtMs }
  }

  fate (request: FastifyRequest): Fate {
    return linkOf(request.session)?.fate ?? UNKNOWN
  }

  refresh (request: FastifyRequest): Promise<Fate> {
    return this.#ask(request, link => this.#store.find(link.handle))
  }

  async touch (request: FastifyRequest, activityMs: number, terms?: Terms): Promise<Touched> {
    const link = linkOf(request.session)
    if (link === undefined) return UNKNOWN
    const touching = this.#store.touch(link.handle, activityMs, terms)
    link.anticipate(activityMs, terms)
    const touched = await touching
    link.touched(touched, terms, this.#store.clock())
    return touched
  }

  settle (request: FastifyRequest, settlement: Settlement): Promise<Fate> {
    return this.#ask(request, link => this.#store.settle(link.handle, settlement))
  }

  async admit (request: FastifyRequest, user: string, cap: Cap, replaces?: Handle): Promise<Admission> {
    const link = linkOf(request.session)
    return link === undefined ? { isAdmitted: true, displaced: [] } : await this.#store.admit(link.handle, user, cap, replaces)
  }

  async end (request: FastifyRequest, reason: EndReason): Promise<EndedSession | null> {
    const link = linkOf(request.session)
    if (link === undefined) return null
    await this.#store.end(link.handle, reason)
    return await this.#store.claim(link.handle)
  }

  claim ({ handle }: Pick<Held, 'handle'>): Promise<EndedSession | null> {
    return this.#store.claim(handle)
  }

  look (held: Held): Promise<Fate> {
    return this.#store.find(held.handle)
  }

  async presented (request: FastifyRequest): Promise<Array<{ name: string, state: Fate['state'] }>> {
    const cookies = signedCookies(this.#fastify, this.#store, request)
    return await Promise.all(cookies.map(async ({ name, sessionId }) => ({ name, state: (await this.#store.find(handleOf(sessionId))).state })))
  }

  async reasonFor (request: FastifyRequest): Promise<EndReason | 'none'> {
    for (const { sessionId } of signedCookies(this.#fastify, this.#store, request)) {
      const fate = await this.#store.find(handleOf(sessionId))
      if (fate.state === 'ended') return fate.ended.reason
    }
    return 'none'
  }

  async #ask (request: FastifyRequest, ask: (link: SessionLink) => Promise<Fate>): Promise<Fate> {
    const link = linkOf(request.session)
    if (link === undefined) return UNKNOWN
    const fate = await ask(link)
    link.learned(fate, this.#store.clock())
    return fate
  }
}
