import type { EndReason } from '../../src/core/policy.ts'
import { LONGEST_ANSWER_MS } from '../../src/request/load-session.ts'
import type { Act, User } from './history-steps.ts'

export const EXPIRE_AFTER = 10
export const ABSOLUTE_TIMEOUT = 25
const THROTTLE_MS = 1000

/** A session as the model sees it. It has no ids; the run knows the session of each cookie. */
export interface ModelSession {
  readonly user: User | null
  readonly startedAtMs: number
  lastActivityMs: number
  /**
   * Set once the session is over, with its reason; `null` for an anonymous one.
   *
   * The end of an anonymous session is not notified.
   */
  over: { readonly reason: EndReason | null, readonly batch: number } | undefined
  /** The successors. */
  readonly by: ModelSession[]
  /** The time of the first renewal or sign-in, or of an anonymous end. */
  replacedAtMs: number | undefined
  /** The predecessor; absent for a session that a sign-in began. */
  readonly from: ModelSession | undefined
}

/** The result of a request's load. */
export interface Found {
  /** The session of the presented cookie, in any state. */
  readonly presented: ModelSession | undefined
  /** The same session, if it was alive when the request came. */
  readonly live: ModelSession | undefined
  /** The session was replaced just now. The answer with the new cookie may be on its way. */
  readonly isBeingReplaced: boolean
  /** The number of revocations of the user before the request came. */
  readonly revocations: number
}

/** The effect of an answer on the browser's cookie. */
export type Line =
  | { readonly kind: 'none' }
  | { readonly kind: 'clear' }
  /** The request fails, and wrote nothing. All sessions of its user ended after its sign-in began. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'set', readonly session: ModelSession }

const NONE = { kind: 'none' } as const satisfies Line

/** Models the sessions of one browser by the guarantees. The store writes in the order of calls. */
export class HistoryModel {
  readonly sessions: ModelSession[] = []
  /** Counts the steps. Everything in one step happens at once. */
  batch = 0
  readonly #now: () => number
  #revocations = 0
  /** The number of the last revocation of each user. */
  readonly #revoked = new Map<User, number>()

  constructor (now: () => number) {
    this.#now = now
  }

  /** A request comes, and its activity counts (G1, G3). */
  load (presented: ModelSession | undefined, isPassive: boolean): Found {
    const live = presented !== undefined && this.isLive(presented) ? presented : undefined
    if (live !== undefined && !isPassive) this.record(live)
    const { replacedAtMs = -Infinity } = presented ?? {}
    return {
      presented, live, isBeingReplaced: this.#now() - replacedAtMs < LONGEST_ANSWER_MS, revocations: this.#revocations
    }
  }

  /** An activity counts. */
  record (session: ModelSession): void {
    const nowMs = this.#now()
    if (nowMs - session.lastActivityMs >= THROTTLE_MS) session.lastActivityMs = nowMs
  }

  /** Writes the request's change. @returns the line that its answer is to carry */
  write (act: Act, user: User, { presented, live, isBeingReplaced, revocations }: Found): Line {
    switch (act) {
      case 'sign-in':
      case 'sign-in behind regenerate':
        if (live?.user === user) return act === 'sign-in' ? NONE : this.#renew(live, live.startedAtMs)
        if (revocations < (this.#revoked.get(user) ?? 0)) return { kind: 'refused' }
        // A sign-in ends the session that the browser had: another person's by a log-out (G15).
        if (presented !== undefined) this.#signOut(presented)
        return this.#begin(user)
      case 'renew':
        return live?.user == null ? NONE : this.#renew(live, live.startedAtMs)
      case 'reauthenticate':
        return live?.user == null ? NONE : this.#renew(live, this.#now())
      case 'destroy':
        if (presented === undefined) return NONE
        this.#signOut(presented)
        return { kind: 'clear' }
      case 'delete user':
        if (live?.user == null) return NONE
        this.#signOut(live)
        return { kind: 'clear' }
      case 'edit':
      case 'wrong password':
      case 'poll that edits':
        // An anonymous session begins only for a browser that has none, and not beside one that goes on (G14). It also
        // does not begin if a person signed in to the former one: the cookie of that sign-in may be on the way.
        if (live !== undefined || isBeingReplaced) return NONE
        return this.#begin(null)
      case 'page':
      case 'poll':
        return NONE
    }
  }

  revoke (user: User): void {
    this.#revoked.set(user, ++this.#revocations)
    for (const session of this.liveOf(user)) this.#over(session, 'revoked')
  }

  liveOf (user: User): ModelSession[] {
    return this.sessions.filter(session => session.user === user && this.isLive(session))
  }

  /** Tells whether the session is alive under its own id. */
  isLive (session: ModelSession): boolean {
    if (session.over === undefined && session.by.length === 0 && session.user !== null) {
      const idleAtMs = session.lastActivityMs + EXPIRE_AFTER * 1000
      const absoluteAtMs = session.startedAtMs + ABSOLUTE_TIMEOUT * 1000
      const isPast = this.#now() >= Math.min(idleAtMs, absoluteAtMs)
      if (isPast) this.#over(session, idleAtMs <= absoluteAtMs ? 'idle' : 'absolute')
    }
    return session.over === undefined && session.by.length === 0
  }

  /** Tells whether this step ended the session. */
  isOverSince ({ over }: ModelSession): boolean {
    return over?.batch === this.batch
  }

  /** Begins an anonymous session with the rest of a session whose user was deleted. */
  begin (): ModelSession {
    return this.#add(null, this.#now(), this.#now())
  }

  #begin (user: User | null): Line {
    return { kind: 'set', session: this.#add(user, this.#now(), this.#now()) }
  }

  /**
   * Renews a session, unless it is over (G2). An activity that was recorded since this request came counts, too (G1).
   */
  #renew (from: ModelSession, startedAtMs: number): Line {
    const living = this.#living(from)
    if (living.length === 0) return NONE
    const lastActivityMs = Math.max(...living.map(session => session.lastActivityMs))
    const session = this.#add(from.user, startedAtMs, lastActivityMs, from)
    from.by.push(session)
    from.replacedAtMs ??= this.#now()
    return { kind: 'set', session }
  }

  #add (user: User | null, startedAtMs: number, lastActivityMs: number, from?: ModelSession): ModelSession {
    const session: ModelSession = {
      user, startedAtMs, lastActivityMs, over: undefined, by: [], replacedAtMs: undefined, from
    }
    this.sessions.push(session)
    return session
  }

  /** Ends a session with all successors of the same sign-in, unless it is over. */
  #signOut (session: ModelSession): void {
    if (this.#living(session).length === 0) return
    let first = session
    while (first.from !== undefined) first = first.from
    for (const living of this.#living(first)) this.#over(living, 'logout')
  }

  #over (session: ModelSession, reason: EndReason): void {
    session.over = { reason: session.user === null ? null : reason, batch: this.batch }
    if (session.user === null) session.replacedAtMs ??= this.#now()
  }

  /** Returns the session, or its live successors. */
  #living (session: ModelSession): ModelSession[] {
    return this.isLive(session) ? [session] : session.by.flatMap(successor => this.#living(successor))
  }
}
