/**
 * Bounds how long an `ioredis` client waits for Redis. With these options it answers a request within seconds, and
 * reconnects by itself. With the defaults of ioredis a request waits for more than a minute, and a client stays with a
 * server that became a replica.
 */
export const CLIENT_OPTIONS = {
  /** The ms after which a command without an answer fails. */
  commandTimeout: 1000,
  /**
   * The ms after which a silent connection is replaced, if an answer is awaited. They are more than a command may take.
   * Nothing else reports that the other side is gone. An idle connection stays.
   */
  socketTimeout: 5000,
  maxRetriesPerRequest: 1,
  /** The ms before the next attempt. */
  retryStrategy: (attempts: number): number => Math.min(attempts * 50, 500),
  /** Reconnects if the server is a replica now. The same address may lead to the master. */
  reconnectOnError: ({ message }: Error): boolean => message.includes('READONLY')
} as const
