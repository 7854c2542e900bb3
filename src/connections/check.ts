import type { Clock } from '../core/clock.ts'
import type { EndsBy } from '../core/policy.ts'
import type { LiveSession, SessionKey } from '../store/store.ts'
import type { WatchedSession } from '../store/watched.ts'
import type { ConnectionEnd } from './end.ts'
import type { ConnectedSession } from './connected-session.ts'
import { findConnected } from './connected-session.ts'
import type { Attachment, Held } from './registry.ts'
import { Registry } from './registry.ts'

/** Sessions that are looked at together: a few commands at a time, so that others come between. */
const AT_ONCE = 200

/** Over how long connections are closed when nobody has answered for too long, in ms: all would come back at once. */
const SPREAD_MS = 10_000

export interface CheckOptions {
  readonly clock: Clock
  readonly outageGraceMs: number
  readonly watch: (keys: readonly SessionKey[]) => Promise<readonly WatchedSession[]>
  /** Says why a session is over that the store calls alive. */
  readonly judge: (session: LiveSession) => EndsBy | null
  readonly close: (attachment: Attachment, reason: ConnectionEnd) => void
  readonly onFamily: (family: SessionKey, isThere: boolean) => void
  /** From 0 to 1. */
  readonly random?: () => number
}

/** Holds connections to their sessions: closes those whose session is over, and lets the others follow its renewals. */
export class ConnectionCheck {
  readonly registry: Registry
  readonly #options: CheckOptions
  /** When each session is given up of which nobody has told for too long. */
  readonly #givenUpAtMs = new Map<Held, number>()

  constructor (options: CheckOptions) {
    this.#options = options
    this.registry = new Registry(options.onFamily)
  }

  /** Whether connections are being closed because nobody answers. */
  get isGivingUp (): boolean {
    return this.#givenUpAtMs.size > 0
  }

  /** Looks at all sessions with connections. */
  async checkAll (): Promise<void> {
    const all = this.registry.all()
    for (let first = 0; first < all.length; first += AT_ONCE) await this.check(all.slice(first, first + AT_ONCE))
  }

  /** Looks at some. Never rejects: what cannot be asked now is asked again. */
  async check (some: readonly Held[]): Promise<void> {
    const { clock, watch } = this.#options
    const present = some.filter(held => this.registry.has(held))
    if (present.length === 0) return
    const askedAtMs = clock()
    const outcomes = await findConnected(watch, present.map(({ key }) => key)).catch(() => null)
    for (const held of present) {
      if (outcomes === null) this.#miss(held)
      else this.#settle(held, outcomes.get(held.key) ?? { state: 'unclear' }, askedAtMs)
    }
  }

  /** Closes what has to be closed because nobody answers. */
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
   * The session was parted from its family: all others of its user were ended, and whoever holds a cookie of before may
   * be another person. So what was attached under an earlier id is over.
   */
  #part ({ family: before, attachments }: Held, family: SessionKey | undefined): void {
    if (before === undefined || before === family) return
    for (const attachment of [...attachments]) {
      if (attachment.openedAs !== family) this.#options.close(attachment, 'revoked')
    }
  }

  /** A look that failed. One alone proves nothing: this process itself may have stood still. */
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
