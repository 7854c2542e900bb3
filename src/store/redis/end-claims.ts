import type { Handle } from '../handle.ts'
import type { ClaimedBatch, EndedSession } from '../store.ts'
import { AT_ONCE } from './batch.ts'
import { endsIn } from './found-sessions.ts'
import type { Shard } from './keys.ts'
import { isOne, list } from './replies.ts'
import type { Shards } from './shards.ts'

/** The most shards that a sweep asks at the same time. */
const SHARDS_AT_ONCE = 16

interface ShardClaims extends ClaimedBatch {
  readonly shard: Shard
  /** Whether the shard gave as many ends as it was asked for. */
  readonly isCut: boolean
}

/** Claims and acknowledges pending ends on all shards. */
export class EndClaims {
  readonly #shards: Shards
  readonly #times: readonly string[]
  readonly #report: (handle: Handle) => void
  /** The shard where the next sweep begins. Each node begins at another one. */
  #next: Shard

  /**
   * @param times the lease and the retentions, in ms
   * @param report receives the handle of an unreadable record
   */
  constructor (shards: Shards, times: readonly string[], report: (handle: Handle) => void) {
    this.#shards = shards
    this.#times = times
    this.#report = report
    this.#next = Math.floor(Math.random() * shards.keys.shards.length)
  }

  /**
   * Claims pending ends. A shard that cannot be asked keeps no other from being swept.
   * @throws {StoreUnavailableError} if a shard failed, and no end was claimed
   */
  async claim (limit: number): Promise<ClaimedBatch> {
    const { length } = this.#shards.keys.shards
    const first = this.#next
    const sessions: EndedSession[] = []
    let lagMs = 0
    let [visited, isMore, failure, rich]: [number, boolean, unknown, Shard[]] = [0, false, undefined, []]
    while (sessions.length < limit && (rich.length > 0 || visited < length)) {
      const left = limit - sessions.length
      const count = Math.min(SHARDS_AT_ONCE, left, length - visited)
      const next = Array.from({ length: count }, (_, i) => (first + visited + i) % length)
      const asked = rich.length > 0 ? rich.slice(0, left) : next
      if (rich.length === 0) visited += count
      const share = Math.min(AT_ONCE, Math.floor(left / asked.length))
      const results = await Promise.allSettled(asked.map(shard => this.#claimIn(shard, share)))
      const claims = results.flatMap(result => result.status === 'fulfilled' ? [result.value] : [])
      sessions.push(...claims.flatMap(claim => claim.sessions))
      lagMs = Math.max(lagMs, ...claims.map(claim => claim.lagMs))
      rich = rich.slice(asked.length).concat(claims.flatMap(({ shard, more, isCut }) => more && isCut ? [shard] : []))
      isMore ||= claims.some(({ more, isCut }) => more && !isCut)
      failure ??= results.find(result => result.status === 'rejected')?.reason
    }
    this.#next = (first + visited) % length
    if (failure !== undefined && sessions.length === 0) throw failure
    return { sessions, more: isMore || rich.length > 0 || visited < length, lagMs }
  }

  async acknowledge (handles: readonly Handle[]): Promise<void> {
    const byShard = new Map<Shard, Handle[]>()
    for (const handle of handles) {
      const shard = this.#shards.keys.shardOf(handle)
      const ours = byShard.get(shard) ?? []
      ours.push(handle)
      byShard.set(shard, ours)
    }
    const calls: Array<Promise<unknown>> = []
    for (const [shard, ours] of byShard) {
      for (let i = 0; i < ours.length; i += AT_ONCE) {
        calls.push(this.#shards.askShard('acknowledge', shard, ...ours.slice(i, i + AT_ONCE)))
      }
    }
    await Promise.all(calls)
  }

  async #claimIn (shard: Shard, limit: number): Promise<ShardClaims> {
    const { nowMs, rest } = await this.#shards.askShard('claim', shard, String(limit), ...this.#times)
    const [more, claimed, foreign, lagMs] = rest
    for (const handle of list(foreign)) this.#report(String(handle))
    const sessions = endsIn(claimed, nowMs)
    return { shard, sessions, more: isOne(more), lagMs: Number(lagMs), isCut: sessions.length >= limit }
  }
}
