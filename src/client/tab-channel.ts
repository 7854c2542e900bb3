import type { PingAnswer } from '../core/wire.ts'
import type { Channel, Surroundings } from './surroundings.ts'

/** What tabs tell each other: somebody is active, or what the server answered. Hints, both: the server decides. */
export interface Hint {
  /** When somebody was active or the server was asked, by the clock that all tabs share. */
  readonly at: number
  readonly answer?: PingAnswer
}

/** What the tabs of one session call what they share, and those of another session do not. */
function nameFor (tag: string): string {
  return `fss:${tag}`
}

/** Opens a channel to the other tabs of the same session, and of no other. */
export function openChannel (tag: string, { BroadcastChannel }: Surroundings, hear: (hint: Hint) => void): Channel {
  const channel = new BroadcastChannel(nameFor(tag))
  channel.onmessage = ({ data }) => hear(Object(data))
  return channel
}

/** Runs it unless another tab of the session is at it. @returns whether it ran */
export async function runAlone ({ navigator: { locks } }: Surroundings, tag: string, run: () => Promise<void>): Promise<boolean> {
  let isFree = locks === undefined
  if (isFree) await run()
  await locks?.request(nameFor(tag), { ifAvailable: true }, async lock => {
    isFree = lock !== null
    if (isFree) await run()
  }).catch(() => {}) // of a page that is going
  return isFree
}
