import type { Clock } from '../../core/clock.ts'
import { check } from '../../option-checks.ts'
import { DeadlineQueue } from '../deadline-queue.ts'
import { checkTime } from '../time-checks.ts'
import type { NewToken, TokenPage, TokenQuery, TokenRecord, TokenStore } from '../token-store.ts'
import { REVOKED_FOR_MS } from '../token-store.ts'

interface Kept {
  /** The position in lists: how many tokens were tracked before. */
  readonly seq: number
  readonly record: TokenRecord
  /** The moment until which a revocation is kept. */
  readonly keptUntilMs: number
}

/** The token registry in this process's memory. */
export class MemoryTokens implements TokenStore {
  readonly #clock: Clock
  readonly #tokens = new Map<string, Kept>()
  readonly #queue = new DeadlineQueue()
  #tracked = 0
  /** The longest life in ms that any token was tracked with. */
  #longestMs = REVOKED_FOR_MS

  constructor (clock: Clock) {
    this.#clock = clock
  }

  async track (token: NewToken): Promise<TokenRecord> {
    checkTime('expiresAtMs', token.expiresAtMs)
    const nowMs = this.#clock()
    this.tidy()
    const known = this.#tokens.get(token.id)?.record
    const isKnownWhole = known !== undefined &&
      (known.state === 'active' || known.user !== undefined || known.note !== undefined)
    if (known !== undefined && token.expiresAtMs <= nowMs) return known
    if (isKnownWhole && token.expiresAtMs <= known.expiresAtMs) return known
    const expiresAtMs = Math.max(known?.expiresAtMs ?? 0, token.expiresAtMs)
    const named = isKnownWhole ? known : { ...known, ...token }
    const record: TokenRecord = { state: 'active', trackedAtMs: nowMs, ...named, expiresAtMs }
    if (expiresAtMs <= nowMs) return record
    this.#longestMs = Math.max(this.#longestMs, token.expiresAtMs - nowMs)
    this.#keep(record, nowMs)
    return record
  }

  async find (id: string): Promise<TokenRecord | null> {
    return this.#find(id)
  }

  async revoke (id: string, by?: string): Promise<boolean> {
    const nowMs = this.#clock()
    this.tidy()
    const known = this.#tokens.get(id)?.record
    const isKnown = this.#find(id) !== null
    if (known?.state === 'revoked') return isKnown
    const record = known ?? { id, trackedAtMs: nowMs, expiresAtMs: nowMs + this.#longestMs }
    const whose = by === undefined ? {} : { revokedBy: by }
    this.#keep({ ...record, state: 'revoked', revokedAtMs: nowMs, ...whose }, nowMs)
    return isKnown
  }

  async revokeUser (user: string, by?: string): Promise<number> {
    const active = [...this.#tokens.values()].map(({ record }) => record)
      .filter(record => record.user === user && this.#find(record.id)?.state === 'active')
    await Promise.all(active.map(({ id }) => this.revoke(id, by)))
    return active.length
  }

  async list ({ user, limit, cursor = '0' }: TokenQuery): Promise<TokenPage> {
    check('cursor', cursor, 'the cursor of the page before', value => /^\d{1,15}$/.test(String(value)))
    this.tidy()
    const nowMs = this.#clock()
    const listed = [...this.#tokens.values()].filter(({ seq, record }) => {
      return record.expiresAtMs > nowMs && seq > Number(cursor) && (user === undefined || record.user === user)
    })
    const page = listed.slice(0, limit)
    const next = listed.length > limit ? String(page.at(-1)?.seq ?? cursor) : null
    return { tokens: page.map(({ record }) => record), cursor: next }
  }

  async count (): Promise<number> {
    const nowMs = this.#clock()
    return [...this.#tokens.values()].filter(({ record }) => record.expiresAtMs > nowMs).length
  }

  /** Forgets expired tokens. */
  tidy (): void {
    const nowMs = this.#clock()
    while (this.#queue.hasPassed(nowMs)) {
      const id = this.#queue.take()
      const kept = id === undefined ? undefined : this.#tokens.get(id)
      if (kept === undefined) continue
      if (kept.keptUntilMs <= nowMs) this.#tokens.delete(kept.record.id)
      else this.#queue.schedule(kept.record.id, kept.keptUntilMs)
    }
  }

  #find (id: string): TokenRecord | null {
    const record = this.#tokens.get(id)?.record
    return record === undefined || record.expiresAtMs <= this.#clock() ? null : record
  }

  #keep (record: TokenRecord, nowMs: number): void {
    const { id, state, expiresAtMs } = record
    const keptUntilMs = state === 'revoked' ? Math.max(expiresAtMs, nowMs + this.#longestMs) : expiresAtMs
    this.#tokens.set(id, { seq: this.#tokens.get(id)?.seq ?? ++this.#tracked, record, keptUntilMs })
    this.#queue.schedule(id, keptUntilMs)
  }
}
