import type { EndReason } from '../core/policy.ts'
import { LaterVersionError } from '../errors.ts'
import type { Handle } from './handle.ts'
import type { EndedSession, Page, PageQuery, SessionVerbs } from './store.ts'

/* Ends sessions from outside of a request, for a server and for the command line. */

/** The most times that the end of all sessions reads the list. */
const MOST_PASSES = 20

/** The most sessions that end at the same time. */
const AT_ONCE = 100

/**
 * Ends a session for an operator.
 * @returns the ends, as the verb does
 * @throws {LaterVersionError} if a later version keeps the session or a successor, which has not ended then
 */
export async function endSession (
  store: SessionVerbs, handle: Handle, reason: EndReason, by?: string
): Promise<readonly EndedSession[]> {
  try {
    return await store.end(handle, reason, by)
  } catch (error) {
    throw error instanceof LaterVersionError ? new LaterVersionError('operator') : error
  }
}

/** Some ended sessions, and how many were left because a later version keeps them. */
export interface EndedPart {
  readonly ended: readonly EndedSession[]
  readonly left: number
}

/** The outcome of an end of several sessions, by their handles. */
export interface EndedEach {
  readonly ended: readonly EndedSession[]
  /** The handles of sessions that were over before, or never were. */
  readonly over: readonly Handle[]
  /** The handles of sessions that a later version keeps. These go on. */
  readonly later: readonly Handle[]
}

/** The slowest rate that a clock may have beside that of this node. */
const SLOWEST_CLOCK = 0.999

/**
 * Ends all authenticated sessions that have started, a page at a time. The ends are claimed for the caller. A session
 * whose timeouts become stricter meanwhile may move to a page that was read: the list is read until no session is
 * found.
 */
export async function * endAll (store: SessionVerbs, reason: EndReason, by?: string): AsyncGenerator<EndedPart> {
  const called = store.arrival()
  let calledAtMs: number | undefined
  for (let [passes, found] = [0, true]; found && passes < MOST_PASSES; passes++) {
    found = false
    for await (const { rows, nowMs: readAtMs, later = 0, askedAtMs } of pages(store, { state: 'live', limit: 200 })) {
      const live = rows.flatMap(({ handle, session }) => session.state === 'live' ? [{ handle, ...session }] : [])
      // The age counts too: each master of a Cluster has its own clock. A start ahead of the clock is from before
      // it was set back.
      const [before, sinceMs] = [calledAtMs ??= readAtMs, (askedAtMs - called.atMs) * SLOWEST_CLOCK - 1]
      const started = live.filter(({ record: { startedAtMs }, nowMs }) => {
        return startedAtMs <= before || nowMs - startedAtMs >= sinceMs || startedAtMs > nowMs
      })
      found ||= started.length > 0
      const left = passes === 0 ? later : 0
      if (started.length + left === 0) continue
      const part = await endEach(store, started.map(({ handle }) => handle), reason, by)
      yield { ended: part.ended, left: part.later.length + left }
    }
  }
}

/** Reads all pages of a list. */
async function * pages (store: SessionVerbs, query: PageQuery): AsyncGenerator<Page & { readonly askedAtMs: number }> {
  let cursor: string | null | undefined
  while (cursor !== null) {
    const askedAtMs = store.arrival().atMs
    const page = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    yield { ...page, askedAtMs }
    cursor = page.cursor
  }
}

/**
 * Ends sessions by their handles, a hundred at a time. The ends are claimed for the caller.
 * @throws the error of the store, once all calls under way were answered: some sessions may have ended then
 */
export async function endEach (
  store: SessionVerbs, handles: readonly Handle[], reason: EndReason, by?: string
): Promise<EndedEach> {
  const ended: EndedSession[] = []
  const [over, later]: [Handle[], Handle[]] = [[], []]
  for (let i = 0; i < handles.length; i += AT_ONCE) {
    const some = handles.slice(i, i + AT_ONCE)
    const batch = await Promise.allSettled(some.map(handle => store.end(handle, reason, by)))
    for (const [at, outcome] of batch.entries()) {
      const handle = some[at] ?? ''
      if (outcome.status === 'fulfilled') {
        ended.push(...outcome.value)
        if (outcome.value.length === 0) over.push(handle)
      } else if (outcome.reason instanceof LaterVersionError) later.push(handle)
      else throw outcome.reason
    }
  }
  return { ended, over, later }
}
