/**
 * The parts of a `Redis` of ioredis or iovalkey that show its connection. The types of ioredis hide some of them. All
 * undocumented parts stand in this file and in ioredis-cluster.ts, and test/redis/renewals.test.ts fails if a version
 * lacks one.
 */
export interface IoredisConnection {
  readonly status: string
  readonly options: Record<string, unknown>
  readonly stream?: Stream | null
  /** The application closes the client, and the connection has not ended yet. */
  readonly manuallyClosing?: boolean
  reconnectTimeout?: NodeJS.Timeout | null
  /** The commands that await their answers, and those that await a connection. */
  readonly commandQueue?: { readonly length: number }
  readonly offlineQueue?: { readonly length: number }
  /** The pipelines of `enableAutoPipelining` that await their answers, and those that are sent behind them. */
  readonly _runningAutoPipelines?: Set<string>
  readonly _autoPipelines?: Map<string, unknown>
  disconnect: (reconnect?: boolean) => void
  quit: (...args: unknown[]) => unknown
  connect: () => Promise<void>
  on: (event: string, listener: () => void) => unknown
}

interface Stream {
  readonly destroyed: boolean
  readonly bytesRead: number
  destroy: () => unknown
  once: (event: 'close', listener: () => void) => unknown
  unref?: () => unknown
}

export function isIoredisConnection (client: unknown): client is IoredisConnection {
  if (typeof client !== 'object' || client === null || typeof Reflect.get(client, 'status') !== 'string') return false
  return ['disconnect', 'quit', 'connect'].every(method => typeof Reflect.get(client, method) === 'function')
}

const closed = new WeakSet<IoredisConnection>()
const watched = new WeakSet<IoredisConnection>()

/**
 * Notes when the application closes the client. An ended client does not tell whether the application closed it, or its
 * `retryStrategy` gave up. Only after the latter may it be connected again.
 */
export function watchClosing (client: IoredisConnection): void {
  if (watched.has(client)) return
  watched.add(client)
  const { disconnect, quit } = client
  client.disconnect = function (this: IoredisConnection, reconnect = false) {
    if (!reconnect) closed.add(client)
    disconnect.call(this, reconnect)
  }
  client.quit = function (this: IoredisConnection, ...args) {
    closed.add(client)
    return quit.apply(this, args)
  }
  client.on('ready', () => { if (client.status === 'ready' && !isClosing(client)) closed.delete(client) })
}

/** The ms for which a Sentinel may take to name the master by default. */
const SENTINEL_MS = 1000

/**
 * Gives Sentinels a time to answer. The client would wait for a silent Sentinel without end, with no connection that
 * could be replaced, while others know the master.
 */
export function boundSentinels ({ options }: IoredisConnection): void {
  if (Array.isArray(options['sentinels'])) options['sentinelCommandTimeout'] ??= SENTINEL_MS
}

/** Whether the application has closed the client, and has not connected it again. */
export function isClosed (client: IoredisConnection): boolean {
  return closed.has(client) || isClosing(client)
}

function isClosing ({ manuallyClosing }: IoredisConnection): boolean {
  return manuallyClosing === true
}

/** Connects the client now, if it waits for its next attempt or has given up. */
export function connectNow (client: IoredisConnection): void {
  if (isClosed(client)) return
  if (client.status === 'reconnecting') {
    clearTimeout(client.reconnectTimeout ?? undefined) // it would fire after the application had closed the client
    client.reconnectTimeout = null
  } else if (client.status !== 'end') return
  client.connect().catch(() => { /* the next probe finds out */ })
}

/** Lets later commands go without waiting for those that never get an answer. */
export function forgetPipelines ({ _runningAutoPipelines: running, _autoPipelines: waiting }: IoredisConnection): void {
  running?.clear()
  waiting?.clear()
}

/**
 * Cuts the connection, and calls back once it is cut. A silent server is not waited for. Without a connection, as while
 * Sentinels are asked for the address, nothing is done.
 *
 * @returns whether commands that await their answers never get one
 */
export function cut (client: IoredisConnection, then: () => void): boolean {
  const { status, stream, options: { autoResendUnfulfilledCommands } } = client
  if (stream === undefined || stream === null || stream.destroyed) return false
  stream.once('close', then) // behind the client's own listener, which decides on the next status
  client.disconnect(true)
  stream.destroy()
  return status === 'ready' && autoResendUnfulfilledCommands === false
}
