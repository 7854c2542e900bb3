import type { Channel } from '../client/monitor/surroundings.ts'
import { inNextTurn } from './turns.ts'

/** A page that hears messages of other tabs. */
export interface Listener {
  /** Runs a function as soon as the page is awake. */
  whenAwake (run: () => void): void
}

/** The channels between the tabs of one browser, by their names. */
export class TabChannels {
  readonly byName = new Map<string, Set<TabChannel>>()
  /** Decides for each message whether it is lost. */
  readonly #isLost: () => boolean

  constructor (isLost = (): boolean => false) {
    this.#isLost = isLost
  }

  open (name: string, listener: Listener): TabChannel {
    const peers = this.byName.get(name) ?? new Set()
    const channel = new TabChannel(peers, listener, this.#isLost)
    this.byName.set(name, peers.add(channel))
    return channel
  }
}

/** The `BroadcastChannel` of a page. A message reaches all others of its name in a later turn. */
export class TabChannel implements Channel {
  onmessage: Channel['onmessage'] = null
  readonly #peers: Set<TabChannel>
  readonly #listener: Listener
  readonly #isLost: () => boolean

  constructor (peers: Set<TabChannel>, listener: Listener, isLost: () => boolean) {
    this.#peers = peers
    this.#listener = listener
    this.#isLost = isLost
  }

  postMessage (message: unknown): void {
    if (this.#isLost()) return
    const data = structuredClone(message)
    for (const peer of this.#peers) {
      const receive = (): void => peer.onmessage?.(new MessageEvent('message', { data }))
      if (peer !== this) peer.#listener.whenAwake(() => inNextTurn(receive))
    }
  }

  close (): void {
    this.#peers.delete(this)
    this.onmessage = null
  }
}
