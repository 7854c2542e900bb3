import type { Clock } from '../core/clock.ts'
import { check } from '../option-checks.ts'
import { Agenda } from './agenda.ts'
import { checkTime } from './time-checks.ts'
import type { NewToken, TokenPage, TokenQuery, TokenRecord, TokenStore } from './token-store.ts'
import { UNTRACKED_MS } from './token-store.ts'

interface Kept {
  /** Its place in lists: the number of tokens tracked before. */
  readonly seq: number
  readonly record: TokenRecord
}

/** Tokens in this process's memory. */
export class MemoryTokens implements TokenStore {
  readonly #clock: Clock
  readonly #tokens = new Map<string, Kept>()
  readonly #agenda = new Agenda()
  #tracked = 0

  constructor (clock: Clock) {
    this.#clock = clock
  }

  async track (token: NewToken): Promise<TokenRecord> {
    checkTime('expiresAtMs', token.expiresAtMs)
    const nowMs = this.#clock()
    this.tidy()
    const known = this.#find(token.id)
    if (known?.state === 'active') return known
    // A token that was revoked before it was tracked stays revoked, for as long as it would have lived.
    const expiresAtMs = Math.max(known?.expiresAtMs ?? 0, token.expiresAtMs)
    const record: TokenRecord = { state: 'active', trackedAtMs: nowMs, ...token, ...known, expiresAtMs }
    if (record.expiresAtMs > nowMs) this.#keep(record)
    return record
  }

  async find (id: string): Promise<TokenRecord | null> {
    return this.#find(id)
  }

  async revoke (id: string, by?: string): Promise<boolean> {
    const nowMs = this.#clock()
    const known = this.#find(id)
    if (known?.state === 'revoked') return true
    const record = known ?? { id, trackedAtMs: nowMs, expiresAtMs: nowMs + UNTRACKED_MS }
    this.#keep({ ...record, state: 'revoked', revokedAtMs: nowMs, ...(by === undefined ? {} : { revokedBy: by }) })
    return known !== null
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
    const listed = [...this.#tokens.values()]
      .filter(({ seq, record }) => seq > Number(cursor) && (user === undefined || record.user === user))
    const page = listed.slice(0, limit)
    const next = listed.length > limit ? String(page.at(-1)?.seq ?? cursor) : null
    return { tokens: page.map(({ record }) => record), cursor: next }
  }

  async count (): Promise<number> {
    this.tidy()
    return this.#tokens.size
  }

  /** Forgets what has expired. */
  tidy (): void {
    const nowMs = this.#clock()
    while (this.#agenda.isDue(nowMs)) {
      const id = this.#agenda.take()
      const record = id === undefined ? undefined : this.#tokens.get(id)?.record
      if (record === undefined) continue
      if (record.expiresAtMs <= nowMs) this.#tokens.delete(record.id)
      else this.#agenda.appoint(record.id, record.expiresAtMs)
    }
  }

  #find (id: string): TokenRecord | null {
    const record = this.#tokens.get(id)?.record
    return record === undefined || record.expiresAtMs <= this.#clock() ? null : record
  }

  #keep (record: TokenRecord): void {
    const { id, expiresAtMs } = record
    this.#tokens.set(id, { seq: this.#tokens.get(id)?.seq ?? ++this.#tracked, record })
    this.#agenda.appoint(id, expiresAtMs)
  }
}
