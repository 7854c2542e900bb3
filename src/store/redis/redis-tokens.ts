import type { NewToken, TokenPage, TokenQuery, TokenRecord, TokenStore } from '../token-store.ts'
import { UnreadableTokenError } from '../../errors.ts'
import { REVOKED_FOR_MS } from '../token-store.ts'
import { nextPosition, readCursor, toCursor } from './cursor.ts'
import type { Position } from './cursor.ts'
import { groups, text } from './replies.ts'
import type { Reply } from './replies.ts'
import type { Verb } from './scripts.ts'
import type { Shards } from './shards.ts'
import { decodeToken, encodeToken } from './token-text.ts'
import { toWord } from './words.ts'

/** The most tokens that one page looks at, and that one script reads. */
const MOST_SEEN = 2000
const AT_ONCE = 50

/** The ms after which the same life is announced to all shards again. */
const ANNOUNCE_AGAIN_MS = 86_400_000

/** Tokens in Redis. The hash of a token's id names its shard. */
export class RedisTokens implements TokenStore {
  readonly #shards: Shards
  /** The longest life that all shards know, and the moment at which they got it. */
  #announced = { lifeMs: REVOKED_FOR_MS, atMs: 0 }

  constructor (shards: Shards) {
    this.#shards = shards
  }

  async track (token: NewToken): Promise<TokenRecord> {
    const expiresAt = String(Math.floor(token.expiresAtMs))
    const words = [expiresAt, ...encodeToken(token), String(REVOKED_FOR_MS)]
    const { nowMs, rest: [record] } = await this.#ask('token-track', token.id, ...words)
    await this.#announceLife(token.expiresAtMs - nowMs, nowMs)
    // A token whose record cannot be read is not let in.
    const known = decodeToken(text(record) ?? '')
    return known?.id === token.id ? known : { ...token, state: 'revoked', trackedAtMs: 0 }
  }

  /**
   * Announces the life of a token to all shards of a Cluster, once a day. A revocation in any shard is then kept for as
   * long as a token of another one may live.
   */
  async #announceLife (lifeMs: number, nowMs: number): Promise<void> {
    if (this.#shards.keys.shards.length === 1 || lifeMs <= REVOKED_FOR_MS) return
    if (lifeMs <= this.#announced.lifeMs && nowMs < this.#announced.atMs + ANNOUNCE_AGAIN_MS) return
    await this.#shards.askAll('token-life', String(Math.ceil(lifeMs)))
    this.#announced = { lifeMs, atMs: nowMs }
  }

  async find (id: string): Promise<TokenRecord | null> {
    const { nowMs, rest: [record] } = await this.#ask('token-find', id)
    const token = decodeToken(text(record) ?? '')
    return token === null || token.id !== id || token.expiresAtMs <= nowMs ? null : token
  }

  async revoke (id: string, by?: string): Promise<boolean> {
    const { rest: [what] } = await this.#ask('token-revoke', id, toWord(id), toWord(by), String(REVOKED_FOR_MS))
    if (what === 'unreadable') throw new UnreadableTokenError()
    return what === 'known'
  }

  async revokeUser (user: string, by?: string): Promise<number> {
    let revoked = 0
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: TokenPage = await this.list({ user, limit: MOST_SEEN, ...(cursor === undefined ? {} : { cursor }) })
      const active = page.tokens.filter(({ state }) => state === 'active')
      await Promise.all(active.map(({ id }) => this.revoke(id, by)))
      revoked += active.length
      cursor = page.cursor
    }
    return revoked
  }

  async list ({ user, limit, cursor }: TokenQuery): Promise<TokenPage> {
    const tokens: TokenRecord[] = []
    const { length } = this.#shards.keys.shards
    let place: Position | null = readCursor(cursor, length)
    for (let seen = 0; place !== null && tokens.length < limit && seen < MOST_SEEN;) {
      const asked = Math.min(limit - tokens.length, AT_ONCE)
      const key = this.#shards.keys.index(place.at, user === undefined ? 'tokens' : `tu:${toWord(user)}`)
      const words = [String(asked), place.handle, place.score]
      const { rest: [found] } = await this.#shards.ask('token-list', place.at, key, ...words)
      const entries = groups(found, 3)
      tokens.push(...entries.map(([, , record = '']) => decodeToken(record)).filter(token => token !== null))
      seen += asked
      const [handle = '', score = ''] = entries.at(-1) ?? []
      place = nextPosition(place, length, entries.length < asked ? null : { handle, score })
    }
    return { tokens, cursor: place === null ? null : toCursor(place) }
  }

  async count (): Promise<number> {
    const replies = await this.#shards.askAll('token-count')
    return replies.reduce((sum, { rest: [count] }) => sum + Number(count), 0)
  }

  async #ask (verb: Verb, id: string, ...args: string[]): Promise<Reply> {
    const { shard, key } = this.#shards.keys.token(id)
    return await this.#shards.ask(verb, shard, key, ...args)
  }
}
