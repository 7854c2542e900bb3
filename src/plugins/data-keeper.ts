import type { FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { EndReason, Terms } from '../core/policy.ts'
import { settleRecord, startRecord, touchRecord, visitorTerms } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import { decodeRecord, encodeRecord } from '../core/record.ts'
import { RECORD_KEY } from '../store/contents.ts'
import { handleOf } from '../store/handle.ts'
import type { Admission, EndedSession, Fate, Settlement, Touched } from '../store/store.ts'
import type { Held, Keeper } from './keeper.ts'

/**
 * Records kept among the session's own data, for any other store of @fastify/session. The session is then written
 * whole by whoever writes last, by the clock of whichever node: G1, G2, G5, G6 and G8 are not to be had this way.
 */
export class DataKeeper implements Keeper {
  readonly freshForMs = Infinity
  readonly #clock: Clock
  readonly #userOf: (request: FastifyRequest) => string | undefined

  constructor (clock: Clock, userOf: (request: FastifyRequest) => string | undefined) {
    this.#clock = clock
    this.#userOf = userOf
  }

  held (request: FastifyRequest): Held | null {
    const { session } = request
    if (session?.sessionId === undefined) return null
    const nowMs = this.#clock()
    const record = decodeRecord(session[RECORD_KEY]) ?? startRecord(visitorTerms(), nowMs)
    return { handle: handleOf(session.sessionId), record, user: record.protected ? this.#userOf(request) : undefined, nowMs, seenAtMs: nowMs }
  }

  fate (request: FastifyRequest): Fate {
    const held = this.held(request)
    return held === null ? { state: 'unknown' } : { state: 'live', ...held }
  }

  async refresh (request: FastifyRequest): Promise<Fate> {
    return this.fate(request)
  }

  async touch (request: FastifyRequest, activityMs: number, terms?: Terms): Promise<Touched> {
    const held = this.held(request)
    if (held?.record.protected !== true) return this.fate(request)
    const record = touchRecord(held.record, activityMs, held.nowMs, terms)
    this.#stamp(request, record)
    return { state: 'touched', beforeMs: held.record.lastActivityMs, lastActivityMs: record.lastActivityMs, nowMs: held.nowMs }
  }

  async settle (request: FastifyRequest, { terms, startedAtMs }: Settlement, isAtEnd: boolean): Promise<Fate> {
    const held = this.held(request)
    if (held !== null && terms.protected) {
      this.#stamp(request, settleRecord(held.record, terms, held.nowMs, startedAtMs))
      if (isAtEnd) await request.session.save()
    }
    return this.fate(request)
  }

  async end (request: FastifyRequest, reason: EndReason): Promise<EndedSession | null> {
    const held = this.held(request)
    if (held === null) return null
    await request.session.destroy()
    return this.#ended(held, reason)
  }

  /** There is no telling what other sessions there are: the options refuse a limit without a store that keeps activity. */
  async admit (): Promise<Admission> {
    return { isAdmitted: true, displaced: [] }
  }

  async claim (held: Held): Promise<EndedSession | null> {
    return this.#ended(held, 'logout')
  }

  /** No other store tells. */
  async look (): Promise<Fate> {
    return { state: 'unknown' }
  }

  async presented (): Promise<[]> {
    return []
  }

  async reasonFor (): Promise<'none'> {
    return 'none'
  }

  #stamp (request: FastifyRequest, record: SessionRecord): void {
    request.session[RECORD_KEY] = encodeRecord(record)
  }

  #ended ({ handle, user, record: { startedAtMs, lastActivityMs } }: Held, reason: EndReason): EndedSession {
    return { handle, ...(user === undefined ? {} : { user }), reason, startedAtMs, lastActivityMs, endedAtMs: this.#clock() }
  }
}
