import type { EndReason } from '../../src/core/policy.ts'
import { LONGEST_ANSWER_MS } from '../../src/request/load-session.ts'
import type { Act, User } from './history-steps.ts'

export const EXPIRE_AFTER = 10
export const ABSOLUTE_TIMEOUT = 25
const THROTTLE_MS = 1000

/** A session as the model sees it. It knows no ids; the run tells it which cookie was given for which session. */
export interface ModelSession {
  readonly user: User | null
  readonly startedAtMs: number
  lastActivityMs: number
  /** Set once it is over: why; `null` for an anonymous one, of which no end is notified. */
  over: { readonly reason: EndReason | null, readonly batch: number } | undefined
  /** What it was renewed to. */
  readonly by: ModelSession[]
  /** When it was renewed or signed in to first, or given up as an anonymous one. */
  replacedAtMs: number | undefined
  /** What it was renewed from; absent for a session that a sign-in began. */
  readonly from: ModelSession | undefined
}

/** What the load of a request found. */
export interface Found {
  /** The session of the presented cookie, whatever became of it. */
  readonly presented: ModelSession | undefined
  /** The same, if it was alive when the request came. */
  readonly live: ModelSession | undefined
  /** It was replaced so shortly before that the answer with the new cookie may be on its way. */
  readonly isBeingReplaced: boolean
  /** How many ends of all sessions of a user had happened when the request came. */
  readonly revocations: number
}

/** What an answer does to the browser's cookie. */
export type Line =
  | { readonly kind: 'none' }
  | { readonly kind: 'clear' }
  /** The request fails, and nothing was written: its sign-in is older than the end of all sessions of its user. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'set', readonly session: ModelSession }

const NONE = { kind: 'none' } as const satisfies Line

/** The sessions of one browser, as the guarantees have them: the order of calls is the order of the store's writes. */
export class HistoryModel {
  readonly sessions: ModelSession[] = []
  /** Counts the steps: what happens in one step happens at once. */
  batch = 0
  readonly #now: () => number
  #revocations = 0
  /** Of each user, which of them was the last. */
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

  /** The request's change is written. @returns the line that its answer is to carry. */
  write (act: Act, user: User, { presented, live, isBeingReplaced, revocations }: Found): Line {
    switch (act) {
      case 'sign-in':
      case 'sign-in behind regenerate':
        if (live?.user === user) return act === 'sign-in' ? NONE : this.#renew(live, live.startedAtMs)
        if (revocations < (this.#revoked.get(user) ?? 0)) return { kind: 'refused' }
        // G15: whatever the browser had goes: another person's session as a log-out.
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
        // G14: an anonymous session is begun for a browser that has none, and not beside one that goes on.
        // Nor where somebody signed in to the one that it had: the cookie of that sign-in may be on the way.
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

  /** Alive under its own id. */
  isLive (session: ModelSession): boolean {
    if (session.over === undefined && session.by.length === 0 && session.user !== null) {
      const idleAtMs = session.lastActivityMs + EXPIRE_AFTER * 1000
      const absoluteAtMs = session.startedAtMs + ABSOLUTE_TIMEOUT * 1000
      const isPast = this.#now() >= Math.min(idleAtMs, absoluteAtMs)
      if (isPast) this.#over(session, idleAtMs <= absoluteAtMs ? 'idle' : 'absolute')
    }
    return session.over === undefined && session.by.length === 0
  }

  /** Over since this step. */
  isOverSince ({ over }: ModelSession): boolean {
    return over?.batch === this.batch
  }

  /** An anonymous session that had something left when its user was deleted. */
  begin (): ModelSession {
    return this.#add(null, this.#now(), this.#now())
  }

  #begin (user: User | null): Line {
    return { kind: 'set', session: this.#add(user, this.#now(), this.#now()) }
  }

  /** G2: what is over is not renewed. G1: the activity goes along, also one recorded since this request came. */
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

  /** Ends a session, and all that requests made of the same sign-in by renewing at once; nothing for one that is over. */
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

  /** The session, or all that it goes on as. */
  #living (session: ModelSession): ModelSession[] {
    return this.isLive(session) ? [session] : session.by.flatMap(successor => this.#living(successor))
  }
}
