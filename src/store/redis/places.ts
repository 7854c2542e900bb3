import { StoreUnavailableError } from '../../errors.ts'
import type { Handle } from '../handle.ts'
import { handleOf } from '../handle.ts'
import type { Admission, Cap, EndedSession, SessionVerbs } from '../store.ts'
import { shardOf } from './keys.ts'
import { list } from './replies.ts'
import type { Shards } from './shards.ts'
import { toWord } from './words.ts'

/** Who asks for a place in vain so often stands in a crowd that does not end. */
const MOST_ATTEMPTS = 1000

/** The most sessions of one user that are looked for when nobody knows who has the places. */
const MOST_LIVE = 2000

/**
 * Gives a user's places to sessions. The places are in one shard, and the sessions in theirs, so no step knows both. That is
 * made good by the order: a place is taken before its session is the user's, and given away only when its session has been
 * ended or is found to be over. Whoever fails between two steps leaves a place that the next one finds to be free.
 */
export class Places {
  readonly #shards: Shards
  readonly #store: SessionVerbs

  constructor (shards: Shards, store: SessionVerbs) {
    this.#shards = shards
    this.#store = store
  }

  async admit (handle: Handle, user: string, { max, whenFull }: Cap, replaces: Handle = ''): Promise<Admission> {
    const displaced: EndedSession[] = []
    let gone: readonly Handle[] = []
    let known: readonly string[] | undefined
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const args = [handle, String(max), replaces, known === undefined ? '' : 'known', String(gone.length), ...gone, ...known ?? []]
      const { rest: [answer, holders] } = await this.#shards.ask('admit', shardOf(handleOf(toWord(user))), this.#shards.keys.places(toWord(user)), ...args)
      if (answer === 'admitted') return { isAdmitted: true, displaced }
      if (answer === 'unknown') {
        known = await this.#liveOf(user)
        continue
      }
      const handles = list(holders).map(String)
      gone = await this.#over(handles, user)
      if (gone.length > 0) continue
      if (whenFull === 'refuse') return { isAdmitted: false, displaced }
      gone = handles.slice(0, handles.length - max + 1)
      const ended = await Promise.all(gone.map(oldest => this.#store.end(oldest, 'displaced')))
      displaced.push(...ended.filter(session => session !== null))
    }
    throw new StoreUnavailableError('too many sign-ins of one user at once')
  }

  /** When each began, and its handle, alternating. */
  async #liveOf (user: string): Promise<string[]> {
    const { rows } = await this.#store.list({ state: 'live', user, limit: MOST_LIVE })
    return rows.flatMap(({ handle, fate }) => fate.state === 'live' ? [String(fate.record.startedAtMs), handle] : [])
  }

  /** Those that need no place any more. */
  async #over (handles: readonly Handle[], user: string): Promise<Handle[]> {
    const states = await Promise.all(handles.map(async handle => [handle, await this.#needsPlace(handle, user)] as const))
    return states.filter(([, needs]) => !needs).map(([handle]) => handle)
  }

  /** One that is alive, or goes on under another id. That has no user yet: it is just being signed in to. */
  async #needsPlace (handle: Handle, user: string): Promise<boolean> {
    const fate = await this.#store.find(handle)
    if (fate.state === 'replaced') return fate.by !== undefined && await this.#needsPlace(fate.by, user)
    return fate.state === 'live' && fate.record.protected && (fate.user === undefined || fate.user === user)
  }
}
