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
