/**
 * What a `Redis` of ioredis or iovalkey shows of its connection. ioredis calls some of it private: all that is not
 * part of its documented interface stands in this file and in ioredis-cluster.ts, and test/redis/renewals.test.ts fails
 * when a version has it no more.
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
  /** With `enableAutoPipelining`: those whose answers are awaited, and those that are sent behind them. */
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
 * Notes when the application closes the client. A client that has ended does not tell whether that was why, or whether
 * its `retryStrategy` gave up; and only in the second case may it be connected again.
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

/** How long a Sentinel may take to name the master, in ms, where the application says nothing of that. */
const SENTINEL_MS = 1000

/**
 * Gives Sentinels a time to answer. One that stands still would otherwise be waited for without end, with no connection
 * that could be replaced, while others know the master.
 */
export function boundSentinels ({ options }: IoredisConnection): void {
  if (Array.isArray(options['sentinels'])) options['sentinelCommandTimeout'] ??= SENTINEL_MS
}

/** Whether the application has closed it, and has not connected it again. */
export function isClosed (client: IoredisConnection): boolean {
  return closed.has(client) || isClosing(client)
}

function isClosing ({ manuallyClosing }: IoredisConnection): boolean {
  return manuallyClosing === true
}

/** Connects it now where it waits for its next attempt, or has given up. */
export function connectNow (client: IoredisConnection): void {
  if (isClosed(client)) return
  if (client.status === 'reconnecting') {
    clearTimeout(client.reconnectTimeout ?? undefined) // it would go off after the application had closed the client
    client.reconnectTimeout = null
  } else if (client.status !== 'end') return
  client.connect().catch(() => { /* the next probe finds out */ })
}

/** Has later commands wait no more for those that will never get an answer. */
export function forgetPipelines ({ _runningAutoPipelines: running, _autoPipelines: waiting }: IoredisConnection): void {
  running?.clear()
  waiting?.clear()
}

/**
 * Cuts the connection, which need not wait for a server that says nothing more, and has `then` called when it is cut.
 * Where there is none yet, as while Sentinels are asked for the address, nothing is done.
 *
 * @returns whether commands that await their answers will never get one
 */
export function cut (client: IoredisConnection, then: () => void): boolean {
  const { status, stream, options: { autoResendUnfulfilledCommands } } = client
  if (stream === undefined || stream === null || stream.destroyed) return false
  stream.once('close', then) // behind the client's own listener, which decides on the next status
  client.disconnect(true)
  stream.destroy()
  return status === 'ready' && autoResendUnfulfilledCommands === false
}
