/**
 * How patient a client of `ioredis` is with Redis: it answers a request within seconds, and comes back by itself. With the
 * defaults of ioredis a request waits for more than a minute, and a client stays with a server that became a replica.
 */
export const CLIENT_OPTIONS = {
  /** In ms. A command that is not answered in time has failed. */
  commandTimeout: 1000,
  /**
   * In ms, longer than a command may take. A connection on which nothing comes back while an answer is awaited is given up, and
   * made anew: nobody says so when the other side has gone. A connection that is idle waits for nothing, and stays.
   */
  socketTimeout: 5000,
  maxRetriesPerRequest: 1,
  /** In ms. */
  retryStrategy: (attempts: number): number => Math.min(attempts * 50, 500),
  /** What answers so is a replica now: the same address may lead to the master. */
  reconnectOnError: ({ message }: Error): boolean => message.includes('READONLY')
} as const
