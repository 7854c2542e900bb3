import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Handle } from '../store/handle.ts'

/** What a request did to its session. */
export type Effect = 'started' | 'stamped' | 'stamped just before' | 'reported' | 'left alone'

export interface LoggedRequest {
  readonly method: string
  readonly path: string
  readonly effect: Effect
  readonly atMs: number
  /** How many of the same came one after the other. */
  readonly times: number
}

/** What was known of a session when a request came. */
interface Arrival {
  readonly handle: Handle | null
  readonly lastActivityMs: number
  /** Whether the request itself is the last activity. */
  readonly isActivity: boolean
}

const MOST_SESSIONS = 1000
const MOST_REQUESTS = 12

/** The latest requests of each session and what they did to it, in this process's memory. Bounded both ways. */
export class RequestLog {
  readonly #requests = new Map<Handle, readonly LoggedRequest[]>()
  readonly #arrivals = new WeakMap<FastifyRequest, Arrival>()

  /** Notes the requests of this context. Call it after sessionSecurity is registered: hooks run in that order. */
  watch (fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async request => this.#before(request))
    fastify.addHook('onResponse', async request => this.#after(request))
  }

  /** Latest first. */
  of (handle: Handle | null): readonly LoggedRequest[] {
    return handle === null ? [] : this.#requests.get(handle) ?? []
  }

  forget (handle: Handle): void {
    this.#requests.delete(handle)
  }

  /** An active request was recorded as activity when its session was loaded: the store's clock then stood at the last activity. */
  #before (request: FastifyRequest): void {
    const { handle, record, passive } = request.sessionSecurity
    if (record === null) return
    const { lastActivityMs } = record
    const isActivity = !passive && lastActivityMs === request.sessionSecurity.status().asOfMs
    this.#arrivals.set(request, { handle, lastActivityMs, isActivity })
  }

  #after (request: FastifyRequest): void {
    const { handle, record, passive } = request.sessionSecurity
    // The panel asks every second for this very list; it would show little else.
    if (handle === null || record === null || request.routeOptions.url === '/panel') return
    const arrival = this.#arrivals.get(request)
    const effect = arrival?.handle === handle ? effectOf(arrival, record.lastActivityMs, passive) : 'started'
    this.#add(handle, { method: request.method, path: pathOf(request), effect })
  }

  #add (handle: Handle, { method, path, effect }: Omit<LoggedRequest, 'atMs' | 'times'>): void {
    const [latest, ...older] = this.of(handle)
    const isSame = latest?.method === method && latest.path === path && latest.effect === effect
    const earlier = latest === undefined || isSame ? older : [latest, ...older]
    const added = { method, path, effect, atMs: Date.now(), times: isSame ? latest.times + 1 : 1 }
    this.#requests.set(handle, [added, ...earlier].slice(0, MOST_REQUESTS))
    const [oldest] = this.#requests.keys()
    if (this.#requests.size > MOST_SESSIONS && oldest !== undefined) this.forget(oldest)
  }
}

function effectOf ({ lastActivityMs, isActivity }: Arrival, afterMs: number, passive: boolean): Effect {
  const hasMoved = isActivity || afterMs > lastActivityMs
  if (passive) return hasMoved ? 'reported' : 'left alone'
  return hasMoved ? 'stamped' : 'stamped just before'
}

function pathOf ({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? url
}
