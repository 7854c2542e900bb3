import { randomBytes } from 'node:crypto'
import { isSeconds, toMs } from '../../core/clock.ts'
import type { EndReason, Terms, Timeouts } from '../../core/policy.ts'
import { mergeActivity } from '../../core/policy.ts'
import { SessionTooLargeError } from '../../errors.ts'
import { check, refuseUnknown } from '../../option-checks.ts'
import type { ActivityStoreOptions } from '../activity-store.ts'
import { ActivityStore } from '../activity-store.ts'
import type { Changes, Contents } from '../contents.ts'
import type { Handle } from '../handle.ts'
import type { StoreLog } from '../store-log.ts'
import type { Admission, Cap, ClaimedBatch, EndedSession, Fate, Loaded, Page, PageQuery, Settlement, Stats, Touched } from '../store.ts'
import { CLAIM_LEASE_MS, loadedFrom, RETENTION_SECONDS, VISITOR_RETENTION_SECONDS } from '../store.ts'
import { AT_ONCE } from './batch.ts'
import { warnOfEviction } from './eviction.ts'
import type { Shard } from './keys.ts'
import { SHARDS, shardOf } from './keys.ts'
import { Listing } from './listing.ts'
import { Places } from './places.ts'
import { decodeFate, encodeOrigin, encodeTerms, encodeTimeouts } from './record-text.ts'
import type { RedisClient } from './redis-client.ts'
import { RedisTokens } from './redis-tokens.ts'
import type { Reply } from './replies.ts'
import { fieldOf, flatten, groups, isOne, list, text, unflatten } from './replies.ts'
import { Shards } from './shards.ts'
import { toWord } from './words.ts'

export interface RedisStoreOptions extends ActivityStoreOptions {
  /** An `ioredis` client: `Redis` (also through Sentinels) or `Cluster`. You made it, and you close it. */
  readonly client: RedisClient
  /** What all keys begin with. Default `fss:`. No braces: they would put all sessions into one Cluster slot. */
  readonly prefix?: string
  /** Seconds for which an ended session stays known. Default 86400. */
  readonly retention?: number
  /** Seconds after which a command counts as failed, whatever the client's own patience. Default 1. */
  readonly commandTimeout?: number
}

/**
 * Sessions in Redis 6.2 or later or Valkey, single, behind Sentinels or as a Cluster, for any number of nodes. All
 * times are Redis' own (G5). Every verb is one script, and so atomic for the session that it names.
 *
 * @throws {BadOptionError | UnknownOptionError} when constructed
 * @throws {StoreUnavailableError} from every verb, within `commandTimeout` (twice that if it had to be asked again), when Redis cannot be asked or refuses (G7)
 */
export class RedisStore extends ActivityStore {
  /** Fast requests decide on what they read; slower ones ask again. */
  readonly freshForMs = 1000
  readonly tokens: RedisTokens
  readonly #client: RedisClient
  readonly #retentionMs: number
  readonly #shards: Shards
  readonly #listing: Listing
  readonly #places: Places
  /** Where the next sweep looks first: not where the other nodes do. */
  #nextShard = Math.floor(Math.random() * SHARDS.length)

  constructor (options: RedisStoreOptions) {
    super(options)
    refuseUnknown(options, ['client', 'prefix', 'retention', 'commandTimeout', 'maxSessionBytes', 'clock'])
    const { client, prefix = 'fss:', retention = RETENTION_SECONDS, commandTimeout = 1 } = options
    check('retention', retention, 'a number of seconds above 0', isSeconds)
    check('commandTimeout', commandTimeout, 'a number of seconds above 0, at most 60', value => isSeconds(value) && value <= 60)
    this.#client = client
    this.#retentionMs = toMs(retention)
    this.#shards = new Shards(client, prefix, toMs(commandTimeout), () => this.log)
    this.#listing = new Listing(this.#shards, this.#retentionMs)
    this.#places = new Places(this.#shards, this)
    this.tokens = new RedisTokens(this.#shards)
  }

  override bind (timeouts: Timeouts, log?: StoreLog): void {
    const isFirst = this.log === undefined
    super.bind(timeouts, log)
    if (log === undefined || !isFirst) return
    warnOfEviction(this.#client, log).catch(() => { /* forbidden, or away: nothing to tell */ })
  }

  override async check (): Promise<void> {
    await this.#shards.check()
  }

  async load (handle: Handle): Promise<Loaded | null> {
    const { nowMs, answer } = await this.#shards.load(handle)
    if (answer === '') return null
    const { record, contents } = unflatten(answer)
    const fate = decodeFate(handle, record ?? '?', nowMs)
    if (fate === null) this.reportUnreadable(handle)
    return fate?.state === 'live' ? loadedFrom(contents, fate.record, fate.user, fate.origin, nowMs) : null
  }

  async create (handle: Handle, contents: Contents, terms: Terms): Promise<Fate> {
    return fateIn(handle, await this.#shards.run('create', handle, encodeTerms(terms), ...flatten(contents)))
  }

  async update (handle: Handle, { set, remove }: Changes, terms?: Terms): Promise<Fate> {
    const changes = [String(Object.keys(set).length), ...flatten(set), ...remove.map(fieldOf)]
    const reply = await this.#shards.run('update', handle, String(this.maxSessionBytes), terms === undefined ? '' : encodeTerms(terms), ...changes)
    const bytes = reply.rest[1]
    if (bytes !== undefined) throw new SessionTooLargeError(Number(bytes), this.maxSessionBytes)
    return fateIn(handle, reply)
  }

  async touch (handle: Handle, activityMs: number, terms?: Terms): Promise<Touched> {
    const atMs = Math.max(0, Math.floor(activityMs))
    const { nowMs, answer } = await this.#shards.touch(handle, String(atMs), terms === undefined ? '' : encodeTimeouts(terms))
    if (answer === '') return { state: 'unknown' }
    if (Array.isArray(answer)) return fateOf(handle, text(answer[0]), nowMs)
    const beforeMs = Number(answer)
    return { state: 'touched', beforeMs, lastActivityMs: mergeActivity(beforeMs, atMs, nowMs), nowMs }
  }

  /**
   * The two sessions of a renewal may be in two shards, so this is two steps. The older one is asked first: when it was
   * ended for good, the new one ends; once it is marked, whoever ends it ends the new one.
   */
  async settle (handle: Handle, { terms, user, origin, startedAtMs, replaces }: Settlement): Promise<Fate> {
    const reason = replaces === undefined ? null : await this.#replace(replaces, handle)
    if (reason !== null) {
      await this.#end(handle, reason, 0)
      return await this.find(handle)
    }
    return fateIn(handle, await this.#shards.run('settle', handle, encodeTerms(terms), toWord(user), startOf(startedAtMs), origin === undefined ? '' : encodeOrigin(origin)))
  }

  async end (handle: Handle, reason: EndReason): Promise<EndedSession | null> {
    const fate = await this.#end(handle, reason, CLAIM_LEASE_MS)
    if (fate.state === 'replaced' && fate.by !== undefined) return await this.end(fate.by, reason)
    return fate.state === 'ended' && fate.byThisCall ? fate.ended : null
  }

  async claim (handle: Handle): Promise<EndedSession | null> {
    const reply = await this.#shards.run('claim', handle, String(CLAIM_LEASE_MS), String(this.#retentionMs))
    const fate = fateIn(handle, reply)
    return fate.state === 'ended' && isOne(reply.rest[1]) ? fate.ended : null
  }

  async claimDue (limit: number): Promise<ClaimedBatch> {
    const sessions: EndedSession[] = []
    for (let visited = 0; visited < SHARDS.length; visited++) {
      const shard = this.#nextShard
      let batch: ClaimedBatch
      try {
        batch = await this.#claimIn(shard, Math.min(AT_ONCE, limit - sessions.length))
      } catch (error) {
        // One shard that cannot be asked keeps no other from being swept: the next call begins behind it.
        this.#nextShard = (shard + 1) % SHARDS.length
        if (sessions.length === 0) throw error
        return { sessions, more: false }
      }
      sessions.push(...batch.sessions)
      if (batch.more) return { sessions, more: true }
      this.#nextShard = (shard + 1) % SHARDS.length
      if (sessions.length >= limit) return { sessions, more: visited + 1 < SHARDS.length }
    }
    return { sessions, more: false }
  }

  async acknowledge (handles: readonly Handle[]): Promise<void> {
    const byShard = SHARDS.map(shard => [shard, handles.filter(handle => shardOf(handle) === shard)] as const)
    await Promise.all(byShard.filter(([, ours]) => ours.length > 0).map(([shard, ours]) => this.#shards.ask('acknowledge', shard, this.#shards.keys.shard(shard), ...ours)))
  }

  async find (handle: Handle): Promise<Fate> {
    return fateIn(handle, await this.#shards.run('find', handle))
  }

  async list (query: PageQuery): Promise<Page> {
    return await this.#listing.page(query)
  }

  async stats (): Promise<Stats> {
    const counts = (await this.#shards.askAll('stats')).map(({ rest }) => rest.map(Number))
    const [live = 0, due = 0, ended = 0, untold = 0] = [0, 1, 2, 3].map(i => counts.reduce((sum, count) => sum + (count[i] ?? 0), 0))
    return { live, due, ended, untold }
  }

  async admit (handle: Handle, user: string, cap: Cap, replaces?: Handle): Promise<Admission> {
    return await this.#places.admit(handle, user, cap, replaces)
  }

  /**
   * Marks the session that goes on as another one; if somebody renewed it meanwhile, that which it went on as.
   * @returns why it does not go on: it ended for good, or nobody knows it any more.
   */
  async #replace (older: Handle, heir: Handle): Promise<EndReason | null> {
    const fate = fateIn(older, await this.#shards.run('replace', older, heir, String(this.#retentionMs)))
    if (fate.state === 'ended') return fate.ended.reason
    if (fate.state !== 'replaced' || fate.by === undefined) return 'logout'
    return fate.by === heir ? null : await this.#replace(fate.by, heir)
  }

  async #end (handle: Handle, reason: EndReason, leaseMs: number): Promise<Fate & { byThisCall: boolean }> {
    const visitorMs = Math.min(this.#retentionMs, toMs(VISITOR_RETENTION_SECONDS))
    const args = [reason, randomBytes(6).toString('base64url'), leaseMs, this.#retentionMs, visitorMs].map(String)
    const reply = await this.#shards.run('end', handle, ...args)
    return { ...fateIn(handle, reply), byThisCall: isOne(reply.rest[1]) }
  }

  async #claimIn (shard: Shard, limit: number): Promise<ClaimedBatch> {
    const times = [CLAIM_LEASE_MS, this.#retentionMs].map(String)
    const { nowMs, rest: [more, claimed, foreign] } = await this.#shards.ask('claim-due', shard, this.#shards.keys.shard(shard), String(limit), ...times)
    for (const handle of list(foreign)) this.reportUnreadable(String(handle))
    const fates = groups(claimed, 2).map(([handle = '', record = '']) => fateOf(handle, record, nowMs))
    return { sessions: fates.flatMap(fate => fate.state === 'ended' ? [fate.ended] : []), more: isOne(more) }
  }
}

/** What is no record of ours counts as none (G10). Who loads it, and the sweep, say so in the log. */
function fateOf (handle: Handle, record: string | undefined, nowMs: number): Fate {
  return (record === undefined ? null : decodeFate(handle, record, nowMs)) ?? { state: 'unknown' }
}

function fateIn (handle: Handle, { nowMs, rest: [record] }: Reply): Fate {
  return fateOf(handle, text(record), nowMs)
}

function startOf (startedAtMs: Settlement['startedAtMs']): string {
  if (startedAtMs === undefined || startedAtMs === 'now') return startedAtMs ?? ''
  return String(Math.max(0, Math.floor(startedAtMs)))
}
