import type { ActivityStore } from '../../src/store/activity-store.ts'
import type {
  Arrival, Beginning, EndedSession, Predecessor, Row, SessionKey, SessionLimit
} from '../../src/store/store.ts'
import { ANONYMOUS, listAll } from './contract-kit.ts'
import type { User } from './history-steps.ts'
import { SIGNED_IN } from './history-steps.ts'

/** A call with its sessions by their keys. */
export type StoreRequest =
  | BeginRequest
  | { readonly act: 'end', readonly key: SessionKey, readonly reason: 'logout' | 'revoked' }
  | EndUserRequest
  | { readonly act: 'edit' | 'load' | 'record', readonly key: SessionKey, readonly throttleMs: number }
  /** `isAlone`: nothing else is under way, so that the sweep meets all that is due. */
  | { readonly act: 'sweep', readonly isAlone: boolean }

export interface EndUserRequest {
  readonly act: 'endUser'
  readonly user: User
  readonly except: readonly SessionKey[]
  readonly caller: SessionKey | undefined
}

export interface BeginRequest {
  readonly act: 'begin'
  readonly key: SessionKey
  readonly user: User | null
  readonly instead: SessionKey | null
  readonly becomes: Predecessor['becomes'] | null
  readonly limit: SessionLimit | null
  /** The step in which its request arrived, and what the node noted then. */
  readonly arrivedIn: number
  readonly arrival: Arrival
  /** The beginning of the session in whose place it begins, by the store's clock. */
  readonly startedAtMs: number | undefined
  readonly keepsStart: boolean
  readonly isPassive: boolean
}

/** The answer of a store. */
export interface Outcome {
  /** Of a beginning the state; of others `live` or `over`. */
  readonly state: string
  /** The sessions that ended, with their reasons, in order. */
  readonly ended: readonly string[]
  /** When a session started that begins, by the store's clock. */
  readonly startedAtMs?: number
}

export async function carryOut (store: ActivityStore, request: StoreRequest): Promise<Outcome> {
  switch (request.act) {
    case 'begin': return await begin(store, request)
    case 'end': return outcomeOf(await store.end(request.key, request.reason))
    case 'endUser': return outcomeOf(await endAllOf(store, request))
    case 'edit': return liveness(await store.update(request.key, { set: { edited: '1' }, remove: [] }))
    case 'load': return liveness(await store.load(request.key, { throttleMs: request.throttleMs }))
    case 'record': return liveness(await store.recordActivity(request.key, Number.MAX_SAFE_INTEGER))
    case 'sweep': return outcomeOf(await sweep(store))
  }
}

/** Ends all sessions of a user. */
async function endAllOf (
  store: ActivityStore, { user, except, caller }: EndUserRequest
): Promise<readonly EndedSession[]> {
  return caller === undefined
    ? await store.endUser(user, 'revoked', { except })
    : await store.endOthers(caller, user, 'revoked') ?? []
}

/** Lists live sessions: of a user in any order, of all users in order. */
export async function liveIn (store: ActivityStore, user: User | null, limit: number): Promise<Row[]> {
  return await listAll(store, { state: 'live', limit, ...(user === null ? { order: 'ends-first' } : { user }) })
}

async function begin (store: ActivityStore, request: BeginRequest): Promise<Outcome> {
  const { key, user, instead, becomes, limit, arrival, startedAtMs, keepsStart, isPassive } = request
  const beginning: Beginning = {
    contents: { user: JSON.stringify(user) },
    terms: user === null ? ANONYMOUS : SIGNED_IN,
    arrival,
    ...(user === null ? {} : { user }),
    ...(instead === null || becomes === null ? {} : { predecessor: { key: instead, becomes } }),
    ...(limit === null || user === null ? {} : { limit }),
    ...(keepsStart && startedAtMs !== undefined ? { startedAtMs } : {}),
    ...(isPassive && startedAtMs !== undefined ? { lastActivityMs: startedAtMs } : {})
  }
  const begun = await store.begin(key, beginning)
  if (begun.state !== 'begun') return { state: begun.state, ended: [] }
  return { ...outcomeOf(begun.ended), state: 'begun', startedAtMs: begun.session.record.startedAtMs }
}

async function sweep (store: ActivityStore): Promise<EndedSession[]> {
  const claimed: EndedSession[] = []
  for (let isMore = true; isMore;) {
    const { sessions, more } = await store.claimEnds(20)
    claimed.push(...sessions)
    isMore = more
  }
  return claimed
}

function outcomeOf (ended: readonly EndedSession[]): Outcome {
  return { state: 'done', ended: ended.map(({ handle, reason }) => `${handle} ${reason}`).toSorted() }
}

function liveness ({ state }: { readonly state: string }): Outcome {
  return { state: state === 'live' || state === 'recorded' ? 'live' : 'over', ended: [] }
}
