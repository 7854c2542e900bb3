import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** Stands between clients and their server. */
export interface DeafProxy {
  readonly port: number
  /** The number of connections that clients have made. */
  readonly accepted: number
  /** Stops the traffic of all present connections without closing one. New ones work. */
  deafen (): void
  /**
   * Stops the traffic of new connections too, until `hear` is called.
   * They are accepted, as by a kernel whose process stands still.
   */
  deafenAll (): void
  /** New connections work again; those that are deaf stay so. */
  hear (): void
  close (): Promise<void>
}

/** A proxy on a port of the loopback interface. Its new connections go to where the server is by then. */
export async function openDeafProxy (server: { port: number }): Promise<DeafProxy> {
  const pairs = new Set<readonly [near: Socket, far: Socket]>()
  let accepted = 0
  let isDeaf = false
  const deafen = (): void => {
    for (const sockets of pairs) for (const socket of sockets) socket.unpipe().pause()
  }
  const proxy = createServer({ pauseOnConnect: true }, near => {
    accepted++
    const far = connect(server.port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    const part = (): void => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) socket.on('close', part).on('error', () => { /* closes then */ })
    if (isDeaf) return
    near.pipe(far)
    far.pipe(near)
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const address = proxy.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    get accepted () { return accepted },
    deafen,
    deafenAll () {
      isDeaf = true
      deafen()
    },
    hear () { isDeaf = false },
    async close () {
      const closed = once(proxy, 'close')
      proxy.close()
      for (const [near] of pairs) near.destroy()
      await closed
    }
  }
}
