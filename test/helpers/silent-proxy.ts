import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** Forwards between clients and a server, and can fall silent without closing connections. */
export interface SilentProxy {
  readonly port: number
  /** The number of open connections. */
  readonly connections: number
  /** Makes the open connections silent for ever. Later connections work, unless `forAll`. */
  fallSilent (options?: { readonly forAll?: boolean }): void
  /** Lets later connections work again. */
  speak (): void
  close (): Promise<void>
}

export async function openSilentProxy (target: number): Promise<SilentProxy> {
  const sockets = new Set<Socket>()
  const mutes = new Set<() => void>()
  let isSilent = false
  const server = createServer(near => {
    const far = connect(target, '127.0.0.1')
    let isMute = isSilent
    const mute = (): void => { isMute = true }
    mutes.add(mute)
    sockets.add(near)
    const part = (): void => {
      near.destroy()
      far.destroy()
      sockets.delete(near)
      mutes.delete(mute)
    }
    near.on('data', chunk => { if (!isMute) far.write(chunk) })
    far.on('data', chunk => { if (!isMute) near.write(chunk) })
    near.on('close', part).on('error', part)
    far.on('close', () => { if (!isMute) part() }).on('error', () => { if (!isMute) part() })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get connections () { return sockets.size },
    fallSilent ({ forAll = false } = {}) {
      isSilent = forAll
      for (const mute of mutes) mute()
    },
    speak () { isSilent = false },
    async close () {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}
