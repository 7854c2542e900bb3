import type { PingAnswer } from '../core/wire.ts'
import type { Channel, Surroundings } from './surroundings.ts'

/** What tabs tell each other: somebody is active, or what the server answered. Hints, both: the server decides. */
export interface Hint {
  /** When somebody was active or the server was asked, by the clock that all tabs share. */
  readonly at: number
  readonly answer?: PingAnswer
}

/** What the tabs of one session call what they share. */
export function channelName (tag: string): string {
  return `session-security:${tag}`
}

/** Opens a channel to the other tabs of the same session, and of no other. */
export function openChannel (tag: string, { BroadcastChannel }: Surroundings, hear: (hint: Hint) => void): Channel {
  const channel = new BroadcastChannel(channelName(tag))
  channel.onmessage = ({ data }) => hear(data)
  return channel
}
