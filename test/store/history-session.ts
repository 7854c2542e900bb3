import type { EndReason } from '../../src/core/policy.ts'
import type { SessionKey } from '../../src/store/store.ts'
import { ANONYMOUS } from './contract-kit.ts'
import type { User } from './history-steps.ts'
import { SIGNED_IN } from './history-steps.ts'

/** A session as the model has it. Its times count from the beginning of the history. */
export interface ModelSession {
  readonly key: SessionKey
  readonly user: User | null
  startedAtMs: number
  lastActivityMs: number
  /** An expired session is `live` until a sweep meets it. `gone`: it was anonymous, and is over. */
  state: 'live' | 'ended' | 'renewed' | 'gone'
  reason: EndReason | null
  /** The first session of its family. */
  root: SessionKey
  /** Its first successor. */
  next: SessionKey | null
  /** The moment until which its end is claimed. */
  claimedUntilMs: number
}

/** The sessions of a history, and which of them are alive. */
export class HistorySessions {
  nowMs = 0
  readonly sessions = new Map<SessionKey, ModelSession>()

  isLive (key: SessionKey): boolean {
    const session = this.sessions.get(key)
    return session?.state === 'live' && !this.isExpired(session)
  }

  isExpired (session: ModelSession): boolean {
    return session.state === 'live' && deadlineOf(session) <= this.nowMs
  }

  liveOf (user: User | null): SessionKey[] {
    return this.keysOf(one => one.user === user && this.isLive(one.key))
  }

  /** The living members of the family of a session that lives or was renewed. */
  family (key: SessionKey): SessionKey[] {
    const session = this.sessions.get(key)
    if (session === undefined || !(session.state === 'renewed' || this.isLive(key))) return []
    return this.keysOf(one => one.root === session.root && this.isLive(one.key))
  }

  keysOf (is: (session: ModelSession) => boolean): SessionKey[] {
    return [...this.sessions.values()].filter(is).map(({ key }) => key)
  }

  /** Of sessions that started at the same moment, any may be displaced. */
  areOldest (some: readonly SessionKey[], all: readonly SessionKey[]): boolean {
    const startOf = (key: SessionKey): number => this.sessions.get(key)?.startedAtMs ?? 0
    const latest = Math.max(...some.map(startOf))
    return some.every(key => all.includes(key)) && all.every(key => some.includes(key) || startOf(key) >= latest)
  }

  /** Parts a session from its family: nothing from before goes on as it. */
  sever (key: SessionKey): void {
    const session = this.sessions.get(key)
    if (session !== undefined) session.root = key
    for (const other of this.sessions.values()) if (other.next === key) other.next = null
  }

  /** Returns the successors of a session. */
  lineOf (key: SessionKey): SessionKey {
    const next = this.sessions.get(key)?.next ?? null
    return next === null ? key : this.lineOf(next)
  }
}

function idleAt ({ user, lastActivityMs }: ModelSession): number {
  return lastActivityMs + 1000 * (user === null ? ANONYMOUS : SIGNED_IN).expireAfter
}

export function deadlineOf (session: ModelSession): number {
  const absolute = session.user === null ? Infinity : session.startedAtMs + 1000 * Number(SIGNED_IN.absoluteTimeout)
  return Math.min(idleAt(session), absolute)
}

/** Why an expired session ended. */
export function expiryOf (session: ModelSession): EndReason {
  return deadlineOf(session) === idleAt(session) ? 'idle' : 'absolute'
}
