import type { Clock } from '../core/clock.ts'
import type { EndsBy } from '../core/policy.ts'
import type { LiveSession, SessionKey } from '../store/store.ts'
import type { WatchedAnswers } from '../store/watched.ts'
import type { ConnectionEnd } from './end.ts'
import type { ConnectedSession } from './connected-session.ts'
import { findConnected } from './connected-session.ts'
import type { Attachment, Held } from './registry.ts'
import { Registry } from './registry.ts'

/** The most sessions of one look. A few commands at a time let others come between. */
const AT_ONCE = 200

/** The ms over which an outage closes connections. All at once would come back at once. */
const SPREAD_MS = 10_000

export interface CheckOptions {
  readonly clock: Clock
  readonly outageGraceMs: number
  readonly watch: (keys: readonly SessionKey[]) => Promise<WatchedAnswers>
  /** Returns the reason for which a session is over that the store calls alive. */
  readonly judge: (session: LiveSession) => EndsBy | null
  readonly close: (attachment: Attachment, reason: ConnectionEnd) => void
  readonly onFamily: (family: SessionKey, isThere: boolean) => void
  /** Returns a number from 0 to 1. */
  readonly random?: () => number
}

/** Holds connections to their sessions. Closes those of ended sessions, and lets the others follow renewals. */
export class ConnectionCheck {
  readonly registry: Registry
  readonly #options: CheckOptions
  /** The moments at which sessions are given up because the store does not answer. */
  readonly #givenUpAtMs = new Map<Held, number>()

  constructor (options: CheckOptions) {
    this.#options = options
    this.registry = new Registry(options.onFamily)
  }

  /** Whether connections are being closed because the store does not answer. */
  get isGivingUp (): boolean {
    return this.#givenUpAtMs.size > 0
  }

  /** Checks all sessions with connections. */
  async checkAll (): Promise<void> {
    const all = this.registry.all()
    for (let first = 0; first < all.length; first += AT_ONCE) await this.check(all.slice(first, first + AT_ONCE))
  }

  /** Checks some sessions. Never rejects: a session that the store cannot tell about is checked again. */
  async check (some: readonly Held[]): Promise<void> {
    const { clock, watch } = this.#options
    const present = some.filter(held => this.registry.has(held))
    if (present.length === 0) return
    const askedAtMs = clock()
    const outcomes = await findConnected(watch, present.map(({ key }) => key))
    for (const held of present) {
      const outcome = outcomes.get(held.key) ?? null
      if (outcome === null) this.#miss(held)
      else this.#settle(held, outcome, askedAtMs)
    }
  }

  /** Closes the connections whose moment has come while the store does not answer. */
  giveUp (): void {
    const nowMs = this.#options.clock()
    for (const [held, atMs] of [...this.#givenUpAtMs]) {
      if (!this.registry.has(held)) this.#givenUpAtMs.delete(held)
      else if (atMs <= nowMs) this.#close(held, 'unavailable')
    }
  }

  #settle (held: Held, outcome: ConnectedSession, askedAtMs: number): void {
    if (!this.registry.has(held)) return
    this.#givenUpAtMs.delete(held)
    held.failures = 0
    held.seenAtMs = Math.max(held.seenAtMs, askedAtMs)
    if (outcome.state === 'over') return this.#close(held, outcome.reason)
    if (outcome.state === 'unclear') return
    const { key, family, session } = outcome
    const reason = session.record.isAuthenticated ? this.#options.judge(session) : 'none'
    if (reason !== null) return this.#close(held, reason)
    this.#part(held, family)
    if (!this.registry.has(held)) return
    const next = key === held.key ? held : this.registry.move(held, key, held.seenAtMs)
    this.registry.setFamily(next, family)
  }

  /**
   * Closes connections from before a session was removed from its family. The removal ended all other sessions of the
   * user, and the holder of an earlier cookie may be another person.
   */
  #part ({ family: before, attachments }: Held, family: SessionKey | undefined): void {
    if (before === undefined || before === family) return
    for (const attachment of [...attachments]) {
      if (attachment.openedAs !== family) this.#options.close(attachment, 'revoked')
    }
  }

  /** Counts a check that failed. One alone proves nothing: this process itself may have stood still. */
  #miss (held: Held): void {
    const { clock, outageGraceMs, random = Math.random } = this.#options
    if (!this.registry.has(held)) return
    held.failures++
    const isTooLong = clock() - held.seenAtMs >= outageGraceMs && held.failures > 1
    if (isTooLong && !this.#givenUpAtMs.has(held)) this.#givenUpAtMs.set(held, clock() + random() * SPREAD_MS)
  }

  #close (held: Held, reason: ConnectionEnd): void {
    this.#givenUpAtMs.delete(held)
    for (const attachment of [...held.attachments]) this.#options.close(attachment, reason)
  }
}
