import type { FastifyRequest } from 'fastify'
import type { EndReason, Terms } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Handle } from '../store/handle.ts'
import type { Admission, Cap, EndedSession, Fate, Settlement, Touched } from '../store/store.ts'

/** A session as its keeper knows it. */
export interface Held {
  readonly handle: Handle
  readonly record: SessionRecord
  readonly user: string | undefined
  /** The keeper's clock when it looked. */
  readonly nowMs: number
  /** This node's clock when it was told. */
  readonly seenAtMs: number
}

/**
 * Where the record of a session is kept: by a store that keeps activity, or among the session's own data in any
 * other. The hooks know only this. All calls are about `request.session` as it is at the moment.
 */
export interface Keeper {
  /** As {@link SessionVerbs.freshForMs}. `Infinity` where asking again can tell nothing. */
  readonly freshForMs: number
  /** The session that the request has, if it is kept anywhere yet. */
  held (request: FastifyRequest): Held | null
  /** The last word about the request's session, without asking. */
  fate (request: FastifyRequest): Fate
  /** Asks again. */
  refresh (request: FastifyRequest): Promise<Fate>
  touch (request: FastifyRequest, activityMs: number, terms?: Terms): Promise<Touched>
  /** `isAtEnd`: @fastify/session has already saved what it was going to save. */
  settle (request: FastifyRequest, settlement: Settlement, isAtEnd: boolean): Promise<Fate>
  /** Takes one of the user's places for the request's session. */
  admit (request: FastifyRequest, user: string, cap: Cap, replaces?: Handle): Promise<Admission>
  /** Ends the request's session. @returns its end, if it is this caller's to tell. */
  end (request: FastifyRequest, reason: EndReason): Promise<EndedSession | null>
  /** The end of a session that this request ended, if it is this caller's to tell. */
  claim (session: Pick<Held, 'handle'>): Promise<EndedSession | null>
  /** What became of a session that the request had. */
  look (held: Held): Promise<Fate>
  /** The cookies in which the request names sessions with a valid signature, and what became of those, as far as that can be told. */
  presented (request: FastifyRequest): Promise<Array<{ readonly name: string, readonly state: Fate['state'] }>>
  /** Why a session ended to which the request holds a validly signed cookie. */
  reasonFor (request: FastifyRequest): Promise<EndReason | 'none'>
}
