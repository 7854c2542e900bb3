import type { FoundSession, SessionKey } from './session.ts'

/** A session that has connections, as the store read it. */
export interface WatchedSession {
  readonly session: FoundSession
  /**
   * The root of the session's family, by which the store reports its end. `undefined` if the session does not live, or
   * the store knows no families.
   */
  readonly family: SessionKey | undefined
}

/** The answers about several sessions, in their order. `null`: the store could not be asked about that one. */
export type WatchedAnswers = ReadonlyArray<WatchedSession | null>

/**
 * Waits for the answers about single sessions. One shard of a Cluster may be away alone.
 * @throws the first error if there is no answer at all
 */
export async function answeredEach (asked: ReadonlyArray<Promise<WatchedSession>>): Promise<WatchedAnswers> {
  const outcomes = await Promise.allSettled(asked)
  const [failure] = outcomes.flatMap(outcome => outcome.status === 'rejected' ? [outcome] : [])
  if (failure !== undefined && outcomes.every(({ status }) => status === 'rejected')) throw failure.reason
  return outcomes.map(outcome => outcome.status === 'fulfilled' ? outcome.value : null)
}

/** A subscription to the ends of families, on whichever node they end. A message may be lost: the caller also polls. */
export interface EndSubscription {
  /**
   * Subscribes to a family. An end from before this resolves is not reported: the caller asks once more after it.
   * @returns false if the store cannot report that family
   */
  add (family: SessionKey): Promise<boolean>
  remove (family: SessionKey): void
  close (): void
}
