import { once } from 'node:events'
import type { Socket } from '../connections/sockets.ts'
import { closedBy, connect } from '../connections/sockets.ts'
import type { SocketNode } from './connections-fleet.ts'

/** A socket of a person, and how it was closed. All times by one clock, in ms. */
export interface HeldSocket {
  readonly node: SocketNode
  readonly socket: Socket
  closed: { readonly code: number, readonly reason: string, readonly atMs: number } | null
}

/** Somebody with one session and some sockets, each on any node. */
export class SocketPerson {
  readonly user: string
  readonly sockets: HeldSocket[] = []
  /** The moments of the request that ends the session, and of the certain end. */
  endingAtMs = Infinity
  overAtMs = Infinity
  /** It was renewed, and ended all others of its user. */
  endsOthers = false
  cookie = ''

  constructor (user: string) {
    this.user = user
  }

  async signIn (node: SocketNode): Promise<void> {
    await this.post(node, `/sign-in/${this.user}`)
  }

  /** @returns the status */
  async post ({ url }: SocketNode, path: string): Promise<number> {
    const response = await fetch(url + path, { method: 'POST', headers: { cookie: this.cookie } })
    const line = response.headers.getSetCookie().at(-1)
    if (line !== undefined) this.cookie = line.split(';')[0] ?? ''
    await response.arrayBuffer()
    return response.status
  }

  /** Does what ends the session. A failure leaves open whether it has. */
  async end (act: () => Promise<number>): Promise<void> {
    this.endingAtMs = Math.min(this.endingAtMs, performance.now())
    while (await act().catch(() => 0) !== 200) await new Promise(resolve => setTimeout(resolve, 50))
    this.overAtMs = Math.min(this.overAtMs, performance.now())
  }

  /** @returns whether it hangs on the session */
  async open (node: SocketNode): Promise<boolean> {
    const [name = '', value = ''] = this.cookie.split('=')
    const socket = connect(`${node.url}/socket`, { [name]: decodeURIComponent(value) })
    const held: HeldSocket = { node, socket, closed: null }
    const closing = closedBy(socket).then(([code, reason]) => {
      held.closed = { code, reason, atMs: performance.now() }
    })
    await Promise.race([once(socket, 'message').catch(() => {}), closing])
    if (held.closed === null) this.sockets.push(held)
    return held.closed === null
  }
}
