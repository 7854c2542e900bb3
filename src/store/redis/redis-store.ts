import { randomBytes } from 'node:crypto'
import type { EndReason } from '../../core/policy.ts'
import type { Timeouts } from '../../core/terms.ts'
import { mergeActivity } from '../../core/policy.ts'
import type { Via } from '../../diagnostics/audit-event.ts'
import { LaterVersionError } from '../../errors.ts'
import type { Unrecorded } from '../activity-store.ts'
import { ActivityStore } from '../activity-store.ts'
import type { ApplicationMarks } from '../application-marks.ts'
import type { Changes } from '../contents.ts'
import { tooLarge } from '../contents.ts'
import type { Handle } from '../handle.ts'
import type { StoreLog } from '../store-log.ts'
import type {
  Beginning, Begun, ClaimedBatch, EndUserQuery, EndedSession, FoundSession, LoadActivity, Loaded, Page, PageQuery,
  Recorded, SessionKey, Stats
} from '../store.ts'
import { loadedFrom } from '../live-session.ts'
import type { EndSubscription, WatchedAnswers } from '../watched.ts'
import { readStored, toKeyLines, toLines } from './lines.ts'
import { Application } from './application.ts'
import { Beginnings, checkTime, timeWord } from './beginnings.ts'
import { EndClaims } from './end-claims.ts'
import { warnOfEviction } from './eviction.ts'
import { endsIn, sessionIn, sessionOf } from './found-sessions.ts'
import { HandleSearch } from './handle-search.ts'
import { KnownRevocations } from './known-revocations.ts'
import { Revocations } from './revocations.ts'
import { IndexReader } from './index-reader.ts'
import { Listing } from './listing.ts'
import { decodeSession, decodeRenewedForMs, encodeActivity, encodeTimeouts } from './record-text.ts'
import type { RedisClient } from './redis-client.ts'
import { refuseBareClient } from './redis-client.ts'
import type { RedisStoreOptions } from './redis-store-options.ts'
import { checkOptions } from './redis-store-options.ts'
import { RedisTokens } from './redis-tokens.ts'
import type { LoadedText } from './replies.ts'
import { isOne, text } from './replies.ts'
import { Shards } from './shards.ts'
import { Watches } from './watches.ts'
import { toWord } from './words.ts'

/**
 * Keeps sessions in Redis 6.2 or later or in Valkey, for any number of nodes. The server may be single, behind
 * Sentinels, or a Cluster. All times are Redis' own (G5: one clock). Every verb is one script, and so atomic for the
 * sessions that it names. On a Cluster, a session whose predecessor lies in another shard takes a second script.
 *
 * @throws {BadOptionError | UnknownOptionError} from the constructor
 * @throws {StoreUnavailableError} from every verb if Redis cannot be asked or refuses, within `commandTimeout`, or
 * twice that if it had to be asked again (G7: fail closed, fast)
 */
export class RedisStore extends ActivityStore {
  /** Fast requests decide on the session that they read; slower ones ask again. */
  readonly freshForMs = 1000
  override readonly hasOwnTime = true
  readonly tokens: RedisTokens
  /**
   * Finds handles for the command line.
   * @internal
   */
  readonly handles: HandleSearch
  readonly #client: RedisClient
  /** The lease, and the retentions of ended and anonymous sessions and of devices, in ms. */
  readonly #times: readonly string[]
  readonly #shards: Shards
  readonly #revocations: Revocations
  readonly #listing: Listing
  readonly #beginnings: Beginnings
  readonly endClaims: EndClaims
  #application: Application | undefined
  readonly #watches: Watches

  constructor (options: RedisStoreOptions) {
    refuseBareClient(options)
    super(options)
    const { client, prefix, times, commandTimeoutMs } = checkOptions(options)
    this.#client = client
    this.#times = times.map(String)
    this.#shards = new Shards(client, prefix, commandTimeoutMs, () => this.log)
    const known = new KnownRevocations()
    this.#revocations = new Revocations(this.#shards, known, this.#times, {
      arrival: () => this.arrival(),
      log: () => this.log
    })
    this.#listing = new Listing(new IndexReader(this.#shards))
    this.#beginnings = new Beginnings(this.#shards, this, known, this.#times)
    this.endClaims = new EndClaims(this.#shards, this.#times, handle => this.reportUnreadable(handle))
    this.#watches = new Watches(client, this.#shards, () => this.log)
    this.tokens = new RedisTokens(this.#shards)
    this.handles = new HandleSearch(this.#shards)
  }

  override bind (log: StoreLog, marks?: ApplicationMarks): void {
    const isFirst = this.log === undefined
    super.bind(log)
    if (isFirst) this.#shards.askForDatabase()
    if (isFirst) this.#shards.settle().catch(() => { /* the first request will say so */ })
    if (isFirst && marks !== undefined) this.#application = new Application(this.#shards, marks, log)
    this.#application?.look()
    if (isFirst) warnOfEviction(this.#client, log).catch(() => { /* forbidden, or away: nothing to tell */ })
  }

  override idFor (random: string, user?: string, predecessor?: SessionKey): string {
    return this.#shards.keys.idFor(random, user, predecessor)
  }

  override handleOf (sessionId: string): Handle {
    return this.#shards.keys.handleOf(sessionId)
  }

  override reportUnrecorded (session: Unrecorded, via: Via): void {
    this.#shards.countUnrecorded()
    super.reportUnrecorded(session, via)
  }

  async check (): Promise<void> {
    await this.#shards.check()
  }

  async load (key: SessionKey, activity: LoadActivity | null): Promise<Loaded> {
    const { nowMs, answer } = await this.#shards.load(key, encodeActivity(activity))
    const { text: whole, beforeMs } = answer as LoadedText
    if (whole === '') return { state: 'unknown' }
    const [{ record, contents }, isRecorded] = [readStored(whole), !Number.isNaN(beforeMs)]
    const session = decodeSession(key, record, nowMs, isRecorded ? nowMs : undefined)
    if (session === null) this.reportUnreadable(key)
    else this.#seen(key, session)
    if (session?.state === 'renewed') return { ...session, renewedForMs: decodeRenewedForMs(record, nowMs) }
    if (session?.state !== 'live') return session ?? { state: 'unknown' }
    return loadedFrom(contents, isRecorded ? beforeMs : session.record.lastActivityMs, session)
  }

  async begin (key: SessionKey, beginning: Beginning): Promise<Begun> {
    return await this.#beginnings.begin(key, beginning)
  }

  async update (key: SessionKey, { set, remove }: Changes): Promise<FoundSession> {
    const bounds = [String(this.maxSessionBytes), String(this.maxSessionFields)]
    const reply = await this.#shards.run('update', key, ...bounds, toLines(set), toKeyLines(remove))
    const [, bytes, fields] = reply.rest
    if (bytes !== undefined) throw tooLarge(Number(bytes), Number(fields), this)
    return this.#seen(key, sessionIn(key, reply))
  }

  async recordActivity (key: SessionKey, activityMs: number, timeouts?: Timeouts): Promise<Recorded> {
    checkTime('activityMs', activityMs)
    const [word, timeoutsWord] = [timeWord(activityMs), timeouts === undefined ? '' : encodeTimeouts(timeouts)]
    const { nowMs, answer } = await this.#shards.recordActivity(key, word, timeoutsWord)
    if (answer === '') return { state: 'unknown' }
    if (Array.isArray(answer)) return this.#seen(key, sessionOf(key, text(answer[0]), nowMs))
    const beforeMs = Number(answer)
    return { state: 'recorded', beforeMs, lastActivityMs: mergeActivity(beforeMs, Number(word), nowMs), nowMs }
  }

  async end (key: SessionKey, reason: EndReason, by?: string): Promise<readonly EndedSession[]> {
    const token = randomBytes(3).toString('base64url') // it distinguishes calls about one session
    const words = [reason, token, toWord(by), ...this.#times]
    const { nowMs, rest: [ended, isLeft] } = await this.#shards.run('end', key, ...words)
    if (!isOne(isLeft)) return endsIn(ended, nowMs)
    this.reportLater(key)
    throw new LaterVersionError()
  }

  async endUser (user: string, reason: EndReason, query: EndUserQuery = {}): Promise<readonly EndedSession[]> {
    return await this.#revocations.endUser(user, reason, query)
  }

  async endOthers (
    key: SessionKey, user: string, reason: EndReason, by?: string
  ): Promise<readonly EndedSession[] | null> {
    return await this.#revocations.endOthers(key, user, reason, by)
  }

  #seen<Seen extends { readonly state: string }> (key: SessionKey, session: Seen): Seen {
    if (session.state === 'later') this.reportLater(key)
    return session
  }

  async claimEnds (limit: number): Promise<ClaimedBatch> {
    await this.#shards.settle(true)
    this.#application?.look()
    return await this.endClaims.claim(limit)
  }

  async acknowledge (handles: readonly Handle[]): Promise<void> {
    await this.endClaims.acknowledge(handles)
  }

  async find (key: SessionKey): Promise<FoundSession> {
    return this.#seen(key, sessionIn(key, await this.#shards.run('find', key)))
  }

  override async watch (keys: readonly SessionKey[]): Promise<WatchedAnswers> {
    return await this.#watches.read(keys, (key, session) => this.#seen(key, session))
  }

  override subscribeToEnds (onEnd: (family: SessionKey) => void): EndSubscription | null {
    return this.#watches.subscribe(onEnd)
  }

  async list (query: PageQuery): Promise<Page> {
    return await this.#listing.page(query)
  }

  async stats (): Promise<Stats> {
    const replies = await this.#shards.askAll('stats', this.#times[1] ?? '')
    const total = (at: number): number => replies.reduce((sum, { rest }) => sum + Number(rest[at]), 0)
    const lag = Math.max(...replies.map(({ rest }) => Number(rest[4]))) / 1000
    return { live: total(0), ended: total(1), expired: total(2), pending: total(3), lag }
  }
}
