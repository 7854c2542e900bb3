/** The way to ask one kind of node-redis client. Answers and errors are those of node-redis. */
export interface Way {
  /** `false` before the application has connected its client, and after it has closed it. */
  readonly isOpen: boolean
  /** Returns the name of the connection for a key; `''` if there is only one. */
  placeOf (key: string): string
  ask (command: 'EVAL' | 'EVALSHA', script: string, keys: string[], args: string[]): Promise<unknown>
  info (section: string): Promise<unknown>
  /**
   * Replaces the connection for a key. Commands under way on it need not be answered.
   * @returns false if that has been done within RENEWAL_MS
   */
  renew (key: string): boolean
  /** Returns the questions to each master of a Cluster. */
  masters?: () => ReadonlyArray<(section: string) => Promise<unknown>>
}

/** The ms for which one renewal counts for all shards and stores of a client. */
export const RENEWAL_MS = 500
