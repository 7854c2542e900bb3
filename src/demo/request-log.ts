import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Handle } from '../store/handle.ts'

/** What a request did to its session. */
export type Effect = 'started' | 'recorded' | 'recorded just before' | 'reported' | 'left alone'

/** Whether a person was behind a request: made it, or did something in a page that it reports. */
export function isOfPerson ({ effect }: Pick<LoggedRequest, 'effect'>): boolean {
  return effect !== 'left alone'
}

export interface LoggedRequest {
  readonly method: string
  readonly path: string
  readonly effect: Effect
  readonly atMs: number
  /** How many of the same came one after the other, among those of a person or among the others. */
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
/** Of a session: with a person behind them, and without. */
const MOST_OF_A_KIND = 6

/** The latest requests of each session and what they did to it, in this process's memory. Bounded both ways. */
export class RequestLog {
  readonly #requests = new Map<Handle, readonly LoggedRequest[]>()
  readonly #arrivals = new WeakMap<FastifyRequest, Arrival>()

  /** Notes the requests of this context. Call it after sessionSecurity is registered: hooks run in that order. */
  watch (fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async request => this.#before(request))
    fastify.addHook('onResponse', async request => this.#after(request))
  }

  /** Of either kind, the latest first. */
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
    const isOfKind = (other: LoggedRequest): boolean => isOfPerson(other) === isOfPerson({ effect })
    const known = this.of(handle)
    const [latest, ...older] = known.filter(isOfKind)
    const isSame = latest?.method === method && latest.path === path && latest.effect === effect
    const earlier = latest === undefined || isSame ? older : [latest, ...older]
    const added = { method, path, effect, atMs: Date.now(), times: isSame ? latest.times + 1 : 1 }
    const kind = [added, ...earlier].slice(0, MOST_OF_A_KIND)
    this.#requests.set(handle, [...kind, ...known.filter(other => !isOfKind(other))])
    const [oldest] = this.#requests.keys()
    if (this.#requests.size > MOST_SESSIONS && oldest !== undefined) this.forget(oldest)
  }
}

function effectOf ({ lastActivityMs, isActivity }: Arrival, afterMs: number, passive: boolean): Effect {
  const hasMoved = isActivity || afterMs > lastActivityMs
  if (passive) return hasMoved ? 'reported' : 'left alone'
  return hasMoved ? 'recorded' : 'recorded just before'
}

function pathOf ({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? url
}
