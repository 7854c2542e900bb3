import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Handle } from '../store/handle.ts'

/** The effect of a request on its session. */
export type Effect = 'started' | 'recorded' | 'recorded just before' | 'reported' | 'left alone'

/** Returns whether a request is one of a person, or reports an activity of one. */
export function isOfPerson ({ effect }: Pick<LoggedRequest, 'effect'>): boolean {
  return effect !== 'left alone'
}

export interface LoggedRequest {
  readonly method: string
  readonly path: string
  readonly effect: Effect
  readonly atMs: number
  /** The number of equal requests in a row, among those of its kind. */
  readonly times: number
}

/** The state of a session when a request came. */
interface Arrival {
  readonly handle: Handle | null
  readonly lastActivityMs: number
  /** Whether the request itself is the last activity. */
  readonly isActivity: boolean
}

const MOST_SESSIONS = 1000
/** The most requests of a session: of a person, and of the others. */
const MOST_OF_A_KIND = 6

/** Keeps the latest requests of each session with their effects, in memory. Both numbers are bounded. */
export class RequestLog {
  readonly #requests = new Map<Handle, readonly LoggedRequest[]>()
  readonly #arrivals = new WeakMap<FastifyRequest, Arrival>()

  /** Logs the requests of this context. Call it after sessionSecurity is registered: hooks run in that order. */
  watch (fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async request => this.#before(request))
    fastify.addHook('onResponse', async request => this.#after(request))
  }

  /** Returns the requests of a session, the latest of each kind first. */
  of (handle: Handle | null): readonly LoggedRequest[] {
    return handle === null ? [] : this.#requests.get(handle) ?? []
  }

  forget (handle: Handle): void {
    this.#requests.delete(handle)
  }

  /**
   * Notes the session as it was loaded. If the last activity is the time of the load, the load recorded this request.
   */
  #before (request: FastifyRequest): void {
    const { handle, record, passive } = request.sessionSecurity
    if (record === null) return
    const { lastActivityMs } = record
    const isActivity = !passive && lastActivityMs === request.sessionSecurity.status().asOfMs
    this.#arrivals.set(request, { handle, lastActivityMs, isActivity })
  }

  #after (request: FastifyRequest): void {
    const { handle, record, passive } = request.sessionSecurity
    // The page asks for its panel every second. The list would show little else.
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
