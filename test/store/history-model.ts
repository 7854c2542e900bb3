import type { EndReason } from '../../src/core/policy.ts'
import { CLAIM_LEASE_MS, MARK_LIFE_MS, MOST_SUCCESSORS } from '../../src/store/limits.ts'
import type { SessionKey } from '../../src/store/store.ts'
import type { BeginRequest, StoreRequest, Outcome } from './history-calls.ts'
import type { ModelSession } from './history-session.ts'
import { HistorySessions, expiryOf } from './history-session.ts'
import type { User } from './history-steps.ts'

/** Models the live sessions. The model receives each answer of the store, and says whether the store may give it. */
export class HistoryModel extends HistorySessions {
  /** Counts the steps. A request is late that arrived in an earlier step than `endUser` of its user. */
  step = 0
  readonly marks = new Map<User, { readonly step: number, readonly untilMs: number }>()

  clone (): HistoryModel {
    const copy = new HistoryModel()
    for (const [key, session] of this.sessions) copy.sessions.set(key, { ...session })
    for (const [user, mark] of this.marks) copy.marks.set(user, mark)
    return Object.assign(copy, { nowMs: this.nowMs, step: this.step })
  }

  /**
   * Does the same as the store.
   * @returns whether the outcome is the right one
   */
  explains (request: StoreRequest, { state, ended }: Outcome): boolean {
    switch (request.act) {
      case 'begin': return this.#begin(request, state, ended)
      case 'end': return this.#end(this.#endedWith(request.key, request.reason), request.reason, ended)
      case 'endUser': return this.#endUser(request.user, request.except, request.caller, ended)
      case 'sweep': return ended.every(end => this.#claim(end)) && !(request.isAlone && this.#claimable().length > 0)
    }
    const session = this.sessions.get(request.key)
    if (session === undefined || !this.isLive(session.key)) return state === 'over'
    const isRecorded = session.user !== null && this.nowMs - session.lastActivityMs >= request.throttleMs
    if (request.act === 'edit' ? session.user === null : isRecorded) session.lastActivityMs = this.nowMs
    return state === 'live'
  }

  acknowledge (keys: readonly SessionKey[]): void {
    for (const key of keys) Object.assign(this.sessions.get(key) ?? {}, { claimedUntilMs: Infinity })
  }

  /** Ends the family for a log-out, and otherwise the session or its successors. */
  #endedWith (key: SessionKey, reason: EndReason): SessionKey[] {
    return reason === 'logout' || !this.isLive(key) ? this.family(key) : [key]
  }

  #begin (request: BeginRequest, state: string, ended: readonly string[]): boolean {
    const { key, user, instead, becomes, limit } = request
    const before = this.sessions.get(instead ?? '')
    const isGoingOn = before !== undefined && this.isLive(before.key)
    const isTwin = becomes === 'renewed' && !isGoingOn
    const family = before === undefined ? [] : this.family(before.key)
    const leaving = becomes === 'ended' ? family : []
    const others = user === null ? [] : this.liveOf(user).filter(other => !leaving.includes(other))
    const isExempt = limit === null || user === null || (becomes === 'renewed' && isGoingOn)
    const excess = isExempt ? 0 : Math.max(0, others.length + 1 - limit.max)
    if (isTwin && (family.length === 0 || family.length >= MOST_SUCCESSORS || excess > 0)) return state === 'over'
    if (excess > 0 && limit?.whenFull === 'refuse') return state === 'full'
    if (user !== null && this.#isLate(user, request.arrivedIn)) return state === 'revoked'

    const displaced = ended.filter(end => end.endsWith(' displaced')).map(end => end.replace(/ .*/, ''))
    if (displaced.length !== excess || !this.areOldest(displaced, others)) return false
    const renewed = becomes !== 'renewed' ? [] : before !== undefined && isGoingOn ? [before.key] : family
    const lasts = renewed.map(other => this.sessions.get(other)?.lastActivityMs ?? 0)
    const isEnded = this.#end(leaving, 'logout', ended.filter(end => !end.endsWith(' displaced')))
    this.#end(displaced, 'displaced', [])
    if (becomes === 'dropped' && before !== undefined && isGoingOn) before.state = 'gone'
    if (becomes === 'renewed' && before !== undefined) {
      Object.assign(before, { state: 'renewed', next: before.next ?? key })
    }
    const startedAtMs = before !== undefined && request.keepsStart ? before.startedAtMs : this.nowMs
    const own = before !== undefined && request.isPassive ? before.startedAtMs : this.nowMs
    const root = becomes === 'renewed' ? before?.root ?? key : key
    const times = { startedAtMs, lastActivityMs: Math.max(own, ...lasts), claimedUntilMs: 0 }
    this.sessions.set(key, { key, user, ...times, state: 'live', reason: null, root, next: null })
    return state === 'begun' && isEnded
  }

  /**
   * Ends these, which are alive.
   * @returns whether the answer says the same
   */
  #end (keys: readonly SessionKey[], reason: EndReason, ended: readonly string[]): boolean {
    const said: string[] = []
    for (const key of keys) {
      const session = this.sessions.get(key)
      if (session?.user !== null) said.push(`${key} ${reason}`)
      const over = { state: 'ended', reason, claimedUntilMs: this.nowMs + CLAIM_LEASE_MS }
      Object.assign(session ?? {}, session?.user === null ? { state: 'gone' } : over)
    }
    return said.toSorted().join() === ended.join()
  }

  #endUser (
    user: User, except: readonly SessionKey[], caller: SessionKey | undefined, ended: readonly string[]
  ): boolean {
    const theirs = this.liveOf(user)
    if (caller !== undefined && !theirs.includes(caller)) return ended.length === 0
    if (caller !== undefined) this.sever(caller)
    this.marks.set(user, { step: this.step, untilMs: this.nowMs + MARK_LIFE_MS })
    const spared = caller === undefined ? except.map(key => this.lineOf(key)) : [caller]
    return this.#end(theirs.filter(key => !spared.includes(key)), 'revoked', ended)
  }

  #isLate (user: User, arrivedIn: number): boolean {
    const mark = this.marks.get(user)
    return mark !== undefined && arrivedIn <= mark.step && this.nowMs < mark.untilMs
  }

  #claimable (): ModelSession[] {
    return [...this.sessions.values()].filter(one => {
      const isPending = one.state === 'ended' && one.claimedUntilMs <= this.nowMs
      return one.user !== null && (isPending || this.isExpired(one))
    })
  }

  /** A sweep takes an end that nobody else is telling, and says its reason. */
  #claim (end: string): boolean {
    const [key, reason] = end.split(' ')
    const session = this.#claimable().find(one => one.key === key)
    if (session === undefined || (session.reason ?? expiryOf(session)) !== reason) return false
    Object.assign(session, { state: 'ended', reason, claimedUntilMs: this.nowMs + CLAIM_LEASE_MS })
    return true
  }
}
