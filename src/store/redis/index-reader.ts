import { deadlineMs } from '../../core/policy.ts'
import { userOf } from '../live-session.ts'
import type { FoundSession, ListedState, ListOrder, Row } from '../store.ts'
import { beginsWith } from '../user-prefix.ts'
import type { Mark } from './cursor.ts'
import { NO_MARK } from './cursor.ts'
import type { Index, Shard } from './keys.ts'
import { decodeSession } from './record-text.ts'
import { groups } from './replies.ts'
import type { Shards } from './shards.ts'
import { toWord } from './words.ts'

/** The most entries that one script reads. Redis does nothing else for that time: less than 1 ms. */
export const MOST_AT_ONCE = 200

/** An index of one shard. list.lua knows the bounds of each state. */
export interface Source {
  readonly shard: Shard
  readonly index: Index
  readonly bounds: 'live' | 'expired' | 'all'
}

/** The position and the order in which a reading begins. */
export interface From {
  readonly last?: Mark | undefined
  readonly order?: ListOrder | undefined
}

/** An entry of an index, with its session if the list has it. */
export interface Entry extends Mark {
  readonly row: Row | null
  /** A later version keeps the session. This version cannot tell whether the list has it. */
  readonly isLater: boolean
  /** The moment at which the session ends, or ended. */
  readonly endMs: number
}

export interface Part {
  readonly source: Source
  /** The clock of Redis. */
  readonly nowMs: number
  readonly entries: readonly Entry[]
  /** The entry behind which the next part begins; null if there is none. */
  readonly next: Mark | null
  /** The number of entries that the whole index has within its bounds. */
  readonly total: number
}

/** The sessions that a list has. */
export interface Wanted {
  readonly state: ListedState
  readonly user?: string
  readonly userPrefix?: string
}

/** Reads indexes of sessions. */
export class IndexReader {
  readonly #shards: Shards

  constructor (shards: Shards) {
    this.#shards = shards
  }

  /** Returns the indexes of a list, by shards. The index of sessions that no sweep has moved yet comes first. */
  sourcesOf ({ state, user }: Wanted): Source[][] {
    const { keys } = this.#shards
    const present: Index = user === undefined ? 'due' : `u:${toWord(user)}`
    const bounds = user !== undefined ? 'all' : state === 'live' ? 'live' : 'expired'
    return (user === undefined ? keys.shards : [keys.shardOfUser(user)]).map(shard => {
      const sources: Source[] = [{ shard, index: present, bounds }]
      return state === 'ended' ? [...sources, { shard, index: 'past', bounds: 'all' }] : sources
    })
  }

  /** Reads so many entries of each of some indexes of one shard. */
  async read (
    sources: readonly Source[], wanted: Wanted, count: number, { last = NO_MARK, order }: From = {}
  ): Promise<Part[]> {
    const [shard = 0] = sources.map(({ shard }) => shard)
    const keys = sources.map(({ index }) => this.#shards.keys.index(shard, index))
    const direction = order === 'ends-last' ? 'back' : ''
    const user = wanted.user === undefined ? '' : toWord(wanted.user)
    const words = [String(count), direction, last.handle, last.score, user, ...sources.map(({ bounds }) => bounds)]
    const { nowMs, rest } = await this.#shards.ask('list', shard, keys, ...words)
    return sources.map((source, i) => {
      const [rows, total, handle, score] = rest.slice(4 * i)
      const entries = groups(rows, 3).map(words => entryOf(words, nowMs, wanted))
      const next = handle === '' ? null : { handle: String(handle), score: String(score) }
      return { source, nowMs, entries, next, total: Number(total) }
    })
  }
}

function entryOf ([handle = '', score = '', record = '']: readonly string[], nowMs: number, wanted: Wanted): Entry {
  const session = decodeSession(handle, record, nowMs)
  const row = rowOf(handle, record, session, wanted)
  return { handle, score, row, isLater: session?.state === 'later', endMs: row === null ? NaN : endOf(row) }
}

/** Returns the row of an entry. An index may be a little late: the record decides. */
function rowOf (
  handle: string, record: string, session: FoundSession | null, { state, user, userPrefix }: Wanted
): Row | null {
  if (session?.state !== 'live' && session?.state !== 'ended') return null
  if (user !== undefined && userOf(session) !== user) return null
  if (userPrefix !== undefined && !beginsWith(userOf(session), userPrefix)) return null
  if ((session.state === 'live') !== (state === 'live')) return null
  return state === 'expired' && !record.startsWith('1 live ') ? null : { handle, session }
}

function endOf ({ session }: Row): number {
  if (session.state === 'live') return deadlineMs(session.record)
  return session.state === 'ended' ? session.ended.endedAtMs : NaN
}
