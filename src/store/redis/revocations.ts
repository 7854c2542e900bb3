import { randomBytes } from 'node:crypto'
import type { EndReason } from '../../core/policy.ts'
import type { StoreLog } from '../store-log.ts'
import type { Arrival, EndUserQuery, EndedSession, SessionKey } from '../store.ts'
import { AT_ONCE } from './batch.ts'
import { endsIn } from './found-sessions.ts'
import type { KnownRevocations } from './known-revocations.ts'
import { isOne } from './replies.ts'
import type { Shards } from './shards.ts'
import { toWord } from './words.ts'

/** The bytes of a random name of a call. */
const CALL_BYTES = 6

/** The members of the store that a revocation needs. */
interface Caller {
  arrival (): Arrival
  log (): StoreLog | undefined
}

/** Ends all sessions of a user, or all but some. */
export class Revocations {
  readonly #shards: Shards
  readonly #known: KnownRevocations
  /** The lease and the retentions, in ms, as end-user.lua takes them. */
  readonly #times: readonly string[]
  readonly #caller: Caller

  constructor (shards: Shards, known: KnownRevocations, times: readonly string[], caller: Caller) {
    this.#shards = shards
    this.#known = known
    this.#times = times
    this.#caller = caller
  }

  /** Ends all sessions of a user but those in `except`. */
  async endUser (
    user: string, reason: EndReason, { except = [], by, onLeft }: EndUserQuery
  ): Promise<readonly EndedSession[]> {
    const { keys } = this.#shards
    const beside = except.filter(key => keys.shardOf(key) === keys.shardOfUser(user))
    return await this.#end('', beside, user, reason, by, onLeft) ?? []
  }

  /**
   * Ends all sessions of a user but one, and removes that one from its family.
   * @returns null if that session does not live, or is not of that user. Nothing ends then.
   */
  async endOthers (
    key: SessionKey, user: string, reason: EndReason, by: string | undefined
  ): Promise<readonly EndedSession[] | null> {
    const { keys } = this.#shards
    if (keys.shardOf(key) !== keys.shardOfUser(user)) return null // it is no session of that user
    return await this.#end(key, [], user, reason, by)
  }

  /** @param own the key of the session that has to live and stays, or '' */
  async #end (
    own: SessionKey, except: readonly SessionKey[], user: string, reason: EndReason, by: string | undefined,
    onLeft?: (count: number) => void
  ): Promise<readonly EndedSession[] | null> {
    const all: EndedSession[] = []
    const shard = this.#shards.keys.shardOfUser(user)
    const call = randomBytes(CALL_BYTES).toString('base64url')
    const takeBack = this.#known.note(user, call, this.#caller.arrival())
    let left = 0
    for (let [mark, isMore] = ['', true]; isMore;) {
      const words = [
        toWord(user), reason, mark, String(AT_ONCE), ...this.#times, own, toWord(by), call, String(left), ...except
      ]
      const { nowMs, rest: [marked, more, ended, leftNow] } = await this.#shards.askShard('end-user', shard, ...words)
      if (marked === '') {
        takeBack()
        return null
      }
      left += Number(leftNow)
      all.push(...endsIn(ended, nowMs));
      [mark, isMore] = [String(marked), isOne(more)]
    }
    if (left > 0) {
      this.#caller.log()?.warn({ left }, 'sessions of a user go on: a later version of this package keeps them')
      onLeft?.(left)
    }
    return all
  }
}
