import type { PingAnswer } from '../../core/wire.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * What tabs tell each other: somebody is active, the server is about to be asked, or what it answered. Hints, all of
 * them: the server decides.
 */
export interface Hint {
  /** When somebody was active or the server was asked, by the clock that all tabs share. */
  readonly at: number
  readonly answer?: PingAnswer
  /** Names the tab that is about to ask. */
  readonly turn?: number
}

export interface TabChannel {
  send (hint: Hint): void
  close (): void
}

/**
 * Opens a channel to the tabs of the same session, and of no other. A tab hears what it says itself too, among what the
 * others say: all hear everything in the same order.
 */
export function openChannel (tag: string, { BroadcastChannel }: Surroundings, hear: (hint: Hint) => void): TabChannel {
  const name = `fss:${tag}`
  const [ear, mouth] = [new BroadcastChannel(name), new BroadcastChannel(name)]
  ear.onmessage = ({ data }) => hear(Object(data))
  return {
    send: hint => mouth.postMessage(hint),
    close () {
      ear.close()
      mouth.close()
    }
  }
}
