import type { NodeRedisConnection } from './clients.ts'

/** The ms after which node-redis has given up connecting. */
const CONNECTING_MS = 15_000

/**
 * Ends a connection that is not used any more. `destroy()` does not reach a socket that is about to connect: node-redis
 * would keep it for as long as the process lives. Such a connection is ended once it has connected.
 */
export function discard (client: NodeRedisConnection): void {
  if (client.isReady) return client.destroy()
  const end = (): void => {
    clearTimeout(patience)
    if (client.isOpen) client.destroy()
  }
  const onConnect = (): void => { setImmediate(end) } // its first commands are waiting then, and rejected
  const patience = setTimeout(end, CONNECTING_MS).unref()
  client.on('error', () => { /* it takes no more part */ })
  client.once('connect', onConnect)
  for (const event of ['ready', 'error']) client.once(event, end)
}
