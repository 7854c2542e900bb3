import type { FastifyRequest } from 'fastify'
import type { EndReason, Terms, Timeouts } from '../core/policy.ts'
import { startRecord, tighten } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import { toMs } from '../core/clock.ts'
import type { View } from '../core/view.ts'
import { endedView, viewOf } from '../core/view.ts'
import type { Handle } from '../store/handle.ts'
import type { EndedSession, Origin } from '../store/store.ts'
import type { Held } from './keeper.ts'
import type { OwnSession } from './own-sessions.ts'
import { endOtherSessions, ownSessions } from './own-sessions.ts'
import { isAuthenticated, originOf, timeoutsFor, userIdOf } from './request-policy.ts'
import type { RequestSessionSecurity } from './request-session-security.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { Shared } from './shared.ts'
import { tellActivity } from './tell-activity.ts'

/** The caller's session during one request: what `request.sessionSecurity` shows, and what the hooks hand on to each other. */
export class CallerSession implements RequestSessionSecurity {
  readonly passive: boolean
  /** What `onRequest` let in; `null` for who came without a live session. */
  entered: Held | null = null
  /** The cookie in which that session came. */
  cookie: SessionCookie | undefined
  /** Why `onRequest` ended the session. */
  endedFor: EndReason | undefined
  /** The stamp that is being written beside the handler. */
  stamping: Promise<unknown> | undefined
  isReauthenticated = false
  /** Whether this request puts the end off: an active one does, a passive one when it reports activity. */
  extends: boolean
  /** Whether the end of the request has been looked at: `onSend` runs again when a later one fails. */
  isReconciled = false
  readonly #request: FastifyRequest
  readonly #shared: Shared

  constructor (request: FastifyRequest, shared: Shared) {
    this.#request = request
    this.#shared = shared
    this.passive = shared.isPassive(request)
    this.extends = !this.passive
  }

  get handle (): Handle | null {
    return this.held?.handle ?? null
  }

  get record (): SessionRecord | null {
    const { held } = this
    if (held?.record.protected === true) return tighten(held.record, this.#limitsOf(held.record))
    const isOver = held === null && (this.entered !== null || this.endedFor !== undefined)
    if (isOver || !this.isAuthenticated()) return null
    // Signed in by this very request: the clock has started, though nothing is written yet.
    return startRecord(this.terms(), this.nowMs())
  }

  view (): View {
    const { record } = this
    if (record !== null) return viewOf(record, this.nowMs())
    const fate = this.#shared.keeper.fate(this.#request)
    return endedView(fate.state === 'ended' ? fate.ended.reason : this.endedFor ?? 'none')
  }

  /** The view, of which nobody is to be sent away: that the deadline passed meanwhile is for the store to say, since another node may have put it off. */
  async confirmedView (): Promise<View> {
    if (this.held?.record.protected === true && this.view().state === 'ended') await this.#shared.keeper.refresh(this.#request)
    return this.view()
  }

  async touch (): Promise<void> {
    this.extends = true
    await tellActivity(this, 'touch', () => this.#shared.keeper.touch(this.#request, this.nowMs(), this.terms()))
  }

  reauthenticated (): void {
    this.isReauthenticated = true
  }

  async report (idleForMs: number): Promise<void> {
    const { held } = this
    if (held?.record.protected !== true) return
    const { lastActivityMs } = held.record
    const nowMs = this.nowMs()
    const activityMs = nowMs - idleForMs
    if (lastActivityMs <= nowMs && activityMs - lastActivityMs < this.throttleMs()) return
    this.extends = true
    await tellActivity(this, 'ping', () => this.#shared.keeper.touch(this.#request, activityMs))
  }

  async endReason (): Promise<EndReason | 'none'> {
    return this.endedFor ?? await this.#shared.keeper.reasonFor(this.#request)
  }

  mine (): Promise<OwnSession[]> {
    return ownSessions(this, this.#shared)
  }

  endOthers (): Promise<EndedSession[]> {
    return endOtherSessions(this, this.#shared)
  }

  /** The session as its keeper has it now: another one than at the start, when the request signed in. */
  get held (): Held | null {
    return this.#shared.keeper.held(this.#request)
  }

  /** Parts the request from its session: nothing is saved, no cookie is sent or taken away. */
  detach (): void {
    Object.assign(this.#request, { session: {} }) // as @fastify/session has it outside the path of its cookie
    this.entered = null
    this.cookie = undefined
    this.stamping = undefined
  }

  /** The store's clock, carried on from what it said last (G5). */
  nowMs (): number {
    const last = this.held ?? this.entered
    return last === null ? this.#shared.clock() : last.nowMs + this.#ageMs(last)
  }

  /** Whether the store said so long ago that it must be asked again (G2, G4). */
  isStale (held: Held): boolean {
    return this.#ageMs(held) >= this.#shared.keeper.freshForMs
  }

  isAuthenticated (): boolean {
    return this.#request.session !== null && isAuthenticated(this.#shared.policy, this.#request)
  }

  /** The terms that this request gives a protected session. */
  terms (): Terms {
    const { warnAfter, expireAfter, absoluteTimeout } = timeoutsFor(this.#shared.policy, this.#request)
    return { protected: true, warnAfter, expireAfter, absoluteTimeout }
  }

  user (): string | undefined {
    return userIdOf(this.#shared.policy, this.#request)
  }

  origin (): Origin | undefined {
    return originOf(this.#shared.policy, this.#request)
  }

  throttleMs (): number {
    return toMs(this.#shared.policy.throttle)
  }

  #ageMs (held: Held): number {
    return this.#shared.clock() - held.seenAtMs
  }

  /**
   * What binds the session in this request. A passive one asks no function: what is right for the address of a poll
   * or a ping says nothing about the page that the person is reading.
   */
  #limitsOf (record: SessionRecord): Timeouts {
    const { policy } = this.#shared
    if (!this.passive) return timeoutsFor(policy, this.#request)
    const { warnAfter, expireAfter, absoluteTimeout } = policy
    return {
      warnAfter: typeof warnAfter === 'number' ? warnAfter : record.warnAfter,
      expireAfter: typeof expireAfter === 'number' ? expireAfter : record.expireAfter,
      absoluteTimeout
    }
  }
}

/** Absent when `onRequest` never came so far. */
export function callerOf (request: FastifyRequest): CallerSession | undefined {
  return request.sessionSecurity instanceof CallerSession ? request.sessionSecurity : undefined
}
