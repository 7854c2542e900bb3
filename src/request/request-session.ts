import type { FastifyRequest } from 'fastify'
import type { ConnectionTarget } from '../connections/target.ts'
import { areMethods } from '../core/authentication.ts'
import { isSeconds, toMs } from '../core/clock.ts'
import type { EndReason } from '../core/policy.ts'
import { authenticatedAtMs } from '../core/record.ts'
import { check, refuseUnknown } from '../option-checks.ts'
import type { Handle } from '../store/handle.ts'
import type { EndedSession } from '../store/store.ts'
import { boundSession } from './binding.ts'
import { refresh } from './knowledge.ts'
import { attach, signalOf } from './own-connections.ts'
import type { OwnSession } from './own-sessions.ts'
import { endOtherSessions, ownSessions, saveSignIn } from './own-sessions.ts'
import { recordActivity } from './record-activity.ts'
import { timeoutsFor } from './request-policy.ts'
import type { Reauthentication, RequestSessionSecurity, Status } from './request-session-security.ts'
import { knownReason, knownView } from './session-view.ts'
import { RequestState } from './request-state.ts'

/** Implements `request.sessionSecurity` for the caller's session. */
export class RequestSession extends RequestState implements RequestSessionSecurity {
  #signal: AbortSignal | undefined
  /** The call that is under way. All messages that come meanwhile share it. */
  #recording: Promise<boolean> | undefined

  get handle (): Handle | null {
    const { link } = this
    return link?.isLive === true ? link.handle : null
  }

  status (): Status {
    return { ...knownView(this), asOfMs: this.link?.nowMs ?? this.nowMs() }
  }

  confirm (): Promise<Status> {
    return handled(this.#confirm())
  }

  async #confirm (): Promise<Status> {
    const { link } = this
    if (link?.isLive === true) {
      await refresh(link, this.shared.store)
      this.leaveWhenOver(link)
    }
    this.refuseLater()
    return this.status()
  }

  endReason (): Promise<EndReason | 'none'> {
    return handled(this.#endReason())
  }

  async #endReason (): Promise<EndReason | 'none'> {
    await this.renewKnowledge()
    return knownReason(this)
  }

  recordActivity (): Promise<boolean> {
    this.#recording ??= handled(this.#recordActivity().finally(() => { this.#recording = undefined }))
    return this.#recording
  }

  async #recordActivity (): Promise<boolean> {
    // After destroy() a function for timeouts would be asked about a missing session.
    if (boundSession(this.request.session) === null) return false
    return this.#alive(await recordActivity(this, 'call', this.nowMs(), timeoutsFor(this.shared.policy, this.request)))
  }

  reportIdle (seconds: number): Promise<boolean> {
    return handled(this.#reportIdle(seconds))
  }

  async #reportIdle (seconds: number): Promise<boolean> {
    check('seconds', seconds, 'a number of seconds, 0 or more', value => value === 0 || isSeconds(value))
    return this.#alive(await recordActivity(this, 'call', this.nowMs() - toMs(seconds)))
  }

  /** Returns its argument. @throws {LaterVersionError} in place of false, if the session goes on */
  #alive (isAlive: boolean): boolean {
    const { link } = this
    if (!isAlive && link?.found.state === 'later') this.leaveWhenOver(link)
    if (!isAlive) this.refuseLater()
    return isAlive
  }

  get authenticatedAtMs (): number | null {
    const { record } = this
    return record === null ? null : authenticatedAtMs(record)
  }

  get methods (): readonly string[] {
    return this.record?.authentication?.methods ?? []
  }

  reauthenticated (options: Reauthentication = {}): void {
    refuseUnknown(options, ['methods', 'restart'])
    const { methods = [], restart = false } = options
    check('methods', methods, 'at most 8 names of 1 to 32 letters, digits, or "_", ".", ":", "-"', areMethods)
    check('restart', restart, 'true or false', value => typeof value === 'boolean')
    this.proof = { methods: [...methods], restart }
  }

  sessions (): Promise<OwnSession[]> {
    return handled(this.#sessions())
  }

  async #sessions (): Promise<OwnSession[]> {
    await this.renewKnowledge()
    await saveSignIn(this, this.shared)
    return await ownSessions(this, this.shared)
  }

  endOtherSessions (): Promise<EndedSession[]> {
    return handled(this.#endOtherSessions())
  }

  async #endOtherSessions (): Promise<EndedSession[]> {
    await this.renewKnowledge()
    await saveSignIn(this, this.shared)
    return await endOtherSessions(this, this.shared)
  }

  attach (target: ConnectionTarget): Promise<boolean> {
    return handled(attach(this, target))
  }

  detach (target: ConnectionTarget): void {
    this.shared.connections().detach(target)
  }

  get signal (): AbortSignal {
    this.#signal ??= signalOf(this)
    return this.#signal
  }

  cookieLine (): string | null {
    const { begun, shared: { cookie, store } } = this
    const session = boundSession(this.request.session)
    if (session === null || begun === null || !begun.isLive) return null
    return store.handleOf(session.sessionId) === begun.handle ? cookie.lineFor(session) : null
  }
}

/**
 * Keeps a rejection from ending the process if nobody awaits the promise.
 *
 * Handlers of a socket's messages often do not.
 */
function handled<Result> (work: Promise<Result>): Promise<Result> {
  work.catch(() => {})
  return work
}

/** Returns the context of a request; `undefined` before `onRequest`, and outside the plugin's context. */
export function contextOf (request: FastifyRequest): RequestSession | undefined {
  return request.sessionSecurity instanceof RequestSession ? request.sessionSecurity : undefined
}
