/** How one kind of node-redis client is asked. What it says and throws is node-redis' own. */
export interface Way {
  /** `false` before the application has connected its client, and once it has closed it. */
  readonly isOpen: boolean
  /** Names the connection on which a key is asked for, or `''` where there is but one. */
  placeOf (key: string): string
  ask (command: 'EVAL' | 'EVALSHA', script: string, keys: string[], args: string[]): Promise<unknown>
  info (section: string): Promise<unknown>
  /**
   * Replaces the connection on which this key is asked for. What is under way on it need not be told.
   * @returns false if that has been done within RENEWAL_MS
   */
  renew (key: string): boolean
  /** What to ask of each master of a Cluster. */
  masters?: () => ReadonlyArray<(section: string) => Promise<unknown>>
}

/** For how long a renewal counts for all who ask for it, in ms: a server has many shards, and a client many stores. */
export const RENEWAL_MS = 500
