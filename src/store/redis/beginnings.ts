import { LaterVersionError } from '../../errors.ts'
import { check } from '../../option-checks.ts'
import type { ActivityStore } from '../activity-store.ts'
import { tooLarge } from '../contents.ts'
import type { Arrival, Beginning, Begun, EndedSession, FoundSession, Predecessor, SessionKey, Takes } from '../store.ts'
import { decodeLive, encodeSignIn, encodeTerms } from './record-text.ts'
import { endsIn, sessionOf } from './found-sessions.ts'
import { toKeyLines, toLines } from './lines.ts'
import type { Reply } from './replies.ts'
import { text } from './replies.ts'
import type { KnownRevocations } from './known-revocations.ts'
import type { Shards } from './shards.ts'
import { toWord } from './words.ts'

/** The most questions about a sign-in that arrived about when a revocation did. */
const MOST_TRIES = 5

/** The letters by which the record of a predecessor in another shard names its successor. */
const NAME_LENGTH = 12

/**
 * Begins sessions. A predecessor in the same shard is settled in the same step, as is the limit. A single server has
 * only one shard.
 */
export class Beginnings {
  readonly #shards: Shards
  readonly #store: ActivityStore
  readonly #revocations: KnownRevocations
  /** The lease, and the retentions of ended and anonymous sessions and of devices, in ms. */
  readonly #times: readonly string[]

  constructor (shards: Shards, store: ActivityStore, revocations: KnownRevocations, times: readonly string[]) {
    this.#shards = shards
    this.#store = store
    this.#revocations = revocations
    this.#times = times
  }

  /**
   * Begins a session.
   * @throws {BadOptionError} for a time that is no finite number. Redis is not asked then.
   */
  async begin (key: SessionKey, beginning: Beginning): Promise<Begun> {
    const { predecessor } = beginning
    checkTime('startedAtMs', beginning.startedAtMs)
    checkTime('lastActivityMs', beginning.lastActivityMs)
    if (predecessor === undefined || this.#isBeside(key, predecessor.key)) {
      return await this.#begin(key, beginning, predecessor)
    }
    return await this.#beginApart(key, beginning, predecessor)
  }

  async #begin (key: SessionKey, beginning: Beginning, predecessor?: Predecessor): Promise<Begun> {
    const { contents, terms, user, device, authentication, startedAtMs, lastActivityMs, limit } = beginning
    const { arrival = this.#store.arrival() } = beginning
    const before = [
      encodeTerms(terms), toWord(user), encodeSignIn(device, authentication),
      timeWord(startedAtMs), timeWord(lastActivityMs)
    ]
    const behind = [
      predecessor?.key ?? '', predecessor?.becomes ?? '', limit === undefined ? '' : String(limit.max),
      limit?.whenFull ?? '', ...this.#times, toLines(contents), ...this.#wordsOf(predecessor?.takes)
    ]
    const ask = async (earliest: string): Promise<Reply> => {
      const word = `${this.#microsecondsSince(arrival)} ${this.#revocations.before(user, arrival) ?? '-'} ${earliest}`
      return await this.#shards.run('begin', key, ...before, word, ...behind)
    }
    let reply = await ask('-')
    const displaced: EndedSession[] = []
    for (; reply.rest[0] === 'crowded'; reply = await ask('-')) displaced.push(...endsIn(reply.rest[1], reply.nowMs))
    for (let [tries, earliest] = [1, 0]; reply.rest[0] === 'unsure' && tries < MOST_TRIES; tries++) {
      earliest = Math.max(earliest, reply.nowUs - this.#microsecondsSince(arrival)) // an answer may have come late, too
      reply = await ask(String(earliest))
    }
    const { nowMs, rest: [state, ...rest] } = reply
    if (state === 'unsure') return { state: 'revoked' }
    if (state === 'full' || state === 'revoked') return { state }
    if (state === 'large') throw tooLarge(Number(rest[0]), Number(rest[1]), this.#store)
    if (state === 'over') return { state, session: sessionOf(String(rest[0]), text(rest[1]), nowMs) }
    const session = decodeLive(String(rest[0]), nowMs)
    if (session === null) return { state: 'over', session: { state: 'unknown' } }
    return { state: 'begun', session, ended: [...displaced, ...endsIn(rest[1], nowMs)] }
  }

  /**
   * Begins a session whose predecessor lies in another shard. On a Cluster, such a predecessor is anonymous, of another
   * user, or of a user whose id has changed. The new session begins first, and the predecessor is settled in a second
   * step: a failure between the two leaves the predecessor as it was.
   */
  async #beginApart (key: SessionKey, beginning: Beginning, predecessor: Predecessor): Promise<Begun> {
    const begun = await this.#begin(key, beginning)
    if (begun.state !== 'begun') return begun
    if (predecessor.becomes === 'ended') {
      const ended = await this.#endPredecessor(predecessor)
      return { ...begun, ended: [...ended, ...begun.ended] }
    }
    const words = [predecessor.becomes, lettersOf(key), ...this.#times]
    const { nowMs, rest: [state, record] } = await this.#shards.run('predecessor', predecessor.key, ...words)
    return state === 'done' ? begun : await this.#takeBack(key, sessionOf(predecessor.key, text(record), nowMs))
  }

  /**
   * Ends the predecessor. A predecessor that a later version keeps stays: the sign-in is done, and its cookie replaces
   * the other.
   */
  async #endPredecessor ({ key }: Predecessor): Promise<readonly EndedSession[]> {
    try {
      return await this.#store.end(key, 'logout')
    } catch (error) {
      if (error instanceof LaterVersionError) return []
      throw error
    }
  }

  /** Ends a session whose predecessor ended while it began, for the same reason. A sweep notifies of both. */
  async #takeBack (key: SessionKey, session: FoundSession): Promise<Begun> {
    await this.#store.end(key, session.state === 'ended' ? session.ended.reason : 'logout')
    return { state: 'over', session }
  }

  /**
   * Returns the microseconds since an arrival, by this node's clock. The number is too small before a script runs, and
   * too large after its answer.
   */
  #microsecondsSince ({ atMs }: Arrival): number {
    return Math.max(0, Math.floor(1000 * (this.#store.arrival().atMs - atMs)))
  }

  /** Returns the arguments of begin.lua about the fields that a renewal takes over. */
  #wordsOf (takes: Takes | undefined): string[] {
    if (takes === undefined) return ['', '', '', '']
    const [how, keys] = 'only' in takes ? ['only', takes.only] : ['except', takes.except]
    return [how, toKeyLines(keys), String(this.#store.maxSessionBytes), String(this.#store.maxSessionFields)]
  }

  #isBeside (key: SessionKey, other: SessionKey): boolean {
    return this.#shards.keys.shardOf(key) === this.#shards.keys.shardOf(other)
  }
}

/** Returns a name of a session in letters. In a record that names no member of a family, digits would be a line. */
function lettersOf (key: SessionKey): string {
  return key.replace(/[^a-z]/gi, '').slice(0, NAME_LENGTH)
}

/**
 * Refuses a time that is no finite number: scripts cannot compare it.
 * @throws {BadOptionError}
 */
export function checkTime (name: string, value: number | undefined): void {
  check(name, value, 'a finite number of milliseconds', value => value === undefined || Number.isFinite(value))
}

/** Encodes a time as a whole number without an exponent, as the scripts read it. */
export function timeWord (ms: number | undefined): string {
  return ms === undefined ? '' : String(Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.floor(ms))))
}
