import type { NodeRedisConnection } from './clients.ts'

/** Longer than node-redis tries to connect. */
const CONNECTING_MS = 15_000

/**
 * Ends a connection that takes no more part. `destroy()` does not reach a socket that is about to connect: node-redis
 * would go on with it, and keep it for as long as the process lives. So that one is ended when it has connected.
 */
export function discard (client: NodeRedisConnection): void {
  if (client.isReady) return client.destroy()
  const end = (): void => {
    clearTimeout(patience)
    if (client.isOpen) client.destroy()
  }
  const onConnect = (): void => { setImmediate(end) } // its first commands are waiting then, and told
  const patience = setTimeout(end, CONNECTING_MS).unref()
  client.on('error', () => { /* it takes no more part */ })
  client.once('connect', onConnect)
  for (const event of ['ready', 'error']) client.once(event, end)
}
