import { StoreUnavailableError } from '../../errors.ts'
import type { Handle } from '../handle.ts'
import { handleOf } from '../handle.ts'
import type { Admission, Cap, EndedSession, SessionVerbs } from '../store.ts'
import { shardOf } from './keys.ts'
import { groups, list } from './replies.ts'
import type { Shards } from './shards.ts'
import { toWord } from './words.ts'

/** Whoever asks for a place so often in vain stands in a crowd that comes and goes. */
const MOST_ATTEMPTS = 100

/** The most sessions of one user that are looked for when nobody knows who has the places. */
const MOST_LIVE = 2000

/** How long a sign-in that has its place may take until the session is the user's: twice as long as a command ever may. */
const SIGN_IN_MS = 120_000

/**
 * Gives a user's places to sessions. The places are in one shard, and the sessions in theirs, so no step knows both. That is
 * made good by the order: a session takes its place before it is the user's, ends what stands further back than there are places
 * before it is the user's, and loses its place only when it is found to be over. So of all that are the user's, the one that took
 * its place last has seen the others, and has ended those that were too many. Whoever fails between two steps leaves a place that
 * the next one finds to be free.
 */
export class Places {
  readonly #shards: Shards
  readonly #store: SessionVerbs

  constructor (shards: Shards, store: SessionVerbs) {
    this.#shards = shards
    this.#store = store
  }

  async admit (handle: Handle, user: string, { max, whenFull }: Cap, replaces: Handle = ''): Promise<Admission> {
    let displaces = false
    let gone: readonly Handle[] = []
    let known: readonly string[] | undefined
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const args = [handle, String(max), replaces, known === undefined ? '' : 'known', displaces ? 'displace' : '', String(gone.length), ...gone, ...known ?? []]
      const { rest: [answer, named] } = await this.#shards.ask('admit', shardOf(handleOf(toWord(user))), this.#shards.keys.places(toWord(user)), ...args)
      if (answer === 'admitted') return { isAdmitted: true, displaced: await this.#displace(list(named).map(String).filter(other => other !== handle)) }
      if (answer === 'unknown') {
        known = await this.#liveOf(user)
        continue
      }
      gone = await this.#over(groups(named, 2), user, handle)
      if (gone.length === 0 && whenFull === 'refuse') return { isAdmitted: false, displaced: [] }
      displaces = whenFull === 'displace'
    }
    throw new StoreUnavailableError('too many sign-ins of one user at once')
  }

  async #displace (handles: readonly Handle[]): Promise<EndedSession[]> {
    const ended = await Promise.all(handles.map(handle => this.#store.end(handle, 'displaced')))
    return ended.filter(session => session !== null)
  }

  /** When each began, and its handle, alternating. */
  async #liveOf (user: string): Promise<string[]> {
    const { rows } = await this.#store.list({ state: 'live', user, limit: MOST_LIVE })
    return rows.flatMap(({ handle, fate }) => fate.state === 'live' ? [String(fate.record.startedAtMs), handle] : [])
  }

  /** Those that need no place any more; nor does one that goes on as the session that asks. */
  async #over (places: readonly string[][], user: string, asker: Handle): Promise<Handle[]> {
    const gone = await Promise.all(places.map(async ([handle = '', since]) => await this.#needsPlace(handle, Number(since), user, asker) ? [] : [handle]))
    return gone.flat()
  }

  /**
   * One that is alive, or goes on under another id. That has no user yet: it is just being signed in to, as a visitor's may be. One
   * that has not become the user's for long was given up half-way, unless it was renewed: it then has a place that is older than itself.
   */
  async #needsPlace (handle: Handle, sinceMs: number, user: string, asker: Handle): Promise<boolean> {
    if (handle === asker) return false
    const fate = await this.#store.find(handle)
    if (fate.state === 'replaced') return fate.by !== undefined && await this.#needsPlace(fate.by, sinceMs, user, asker)
    if (fate.state !== 'live') return false
    if (fate.user !== undefined) return fate.record.protected && fate.user === user
    return sinceMs < fate.record.startedAtMs || fate.nowMs - sinceMs < SIGN_IN_MS
  }
}
