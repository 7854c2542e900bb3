import type { Surroundings } from './surroundings.ts'

export interface TabChannel {
  send (message: object): void
  close (): void
}

/**
 * Opens a channel between tabs. A tab receives its own messages too, among those of the others, so that all tabs
 * receive everything in the same order.
 *
 * @returns undefined if the browser has no such channels, or none for this page
 */
export function openChannel<Message> (
  name: string, { BroadcastChannel }: Surroundings, receive: (message: Message) => void
): TabChannel | undefined {
  try {
    if (!BroadcastChannel) return undefined
    const [incoming, outgoing] = [new BroadcastChannel(name), new BroadcastChannel(name)]
    incoming.onmessage = ({ data }) => receive(Object(data) as Message)
    return {
      send: message => outgoing.postMessage(message),
      close () {
        incoming.close()
        outgoing.close()
      }
    }
  } catch {
    return undefined
  }
}
