import type { FoundSession, SessionKey } from './store.ts'

/** A session that has connections, as it was read. */
export interface WatchedSession {
  readonly session: FoundSession
  /**
   * The first session of its family, by which the store tells of its end. `undefined`: it does not live, or the store
   * knows no families.
   */
  readonly family: SessionKey | undefined
}

/** Hears of the ends of sessions as they happen, on whichever node. A message may be lost: so ask from time to time. */
export interface EndSubscription {
  /**
   * Hears of that family from now on. What happened before this resolves has to be asked for.
   * @returns false if that cannot be heard
   */
  add (family: SessionKey): Promise<boolean>
  remove (family: SessionKey): void
  close (): void
}
