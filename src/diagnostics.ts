import type { Channel } from 'node:diagnostics_channel'
import diagnostics from 'node:diagnostics_channel'
import type { EndReason } from './core/policy.ts'
import type { Handle } from './store/handle.ts'

/** The session that a message is about: never its id, nothing of its contents. */
interface Whose {
  readonly handle: Handle
  /** What `userOf` said; absent when it said nothing. */
  readonly user?: string
}

interface Activity extends Whose {
  /** What reported it: a request, a ping, or a call of the application's: `recordActivity()` or `reportIdle()`. */
  readonly by: 'request' | 'ping' | 'call'
}

/** All times in seconds. */
interface Messages {
  /** Somebody signed in. A renewal is no start. */
  start: Whose
  /** An activity was written. `idleFor`: seconds since the one before. */
  activity: Activity & { readonly idleFor: number }
  /** An activity took the session out of its warning: one, where several come at the same moment. `left`: seconds that were left. */
  'warning-extended': Activity & { readonly left: number }
  /** An end was told: as `onSessionEnd`, at least once. `by`: who ended it, as far as somebody said. */
  end: Whose & { readonly reason: EndReason, readonly by?: string, readonly idleFor: number, readonly lasted: number }
  /** A ping, a page or call behind `requireSession`, a sign-in beyond the limit, or any request that needed the store and could not have it. */
  refused: { readonly what: 'ping' | 'route' | 'sign-in' | 'request', readonly code: string }
  /**
   * A look for ended sessions has come to its end. `lag`: for how long the first of the expired sessions that it came
   * across had been past its deadline when it was claimed, 0 if there were none. It grows from sweep to sweep while the nodes
   * do not keep up. (What a sweep leaves behind would be 0 after each one that is complete, however late it came.)
   */
  sweep: {
    readonly ended: number
    readonly failed: number
    readonly more: boolean
    readonly lag: number
    readonly seconds: number
  }
  /** Redis cannot be asked. `why` is what the client said, and may name the server. */
  'outage-begin': { readonly why: string }
  /** Redis is back, after so many seconds. `unrecorded`: the activities that could not be recorded meanwhile. */
  'outage-end': { readonly seconds: number, readonly unrecorded: number }
  /** A request, a ping or a call brought an activity that could not be recorded: the store could not be asked, or refused. */
  unrecorded: { readonly handle: Handle }
}

/** What `node:diagnostics_channel` carries, by the name of the channel. */
export type SessionSecurityChannels = { readonly [Event in keyof Messages as `fastify-session-security:${Event}`]: Messages[Event] }

const CHANNELS: Readonly<Record<keyof Messages, Channel>> = {
  start: channel('start'),
  activity: channel('activity'),
  'warning-extended': channel('warning-extended'),
  end: channel('end'),
  refused: channel('refused'),
  sweep: channel('sweep'),
  'outage-begin': channel('outage-begin'),
  'outage-end': channel('outage-end'),
  unrecorded: channel('unrecorded')
}

export function isHeard (event: keyof Messages): boolean {
  return CHANNELS[event].hasSubscribers
}

/** Where nobody listens, the message is not even made. What a listener throws, Node reports as an uncaught exception, after the request has gone on. */
export function publish<Event extends keyof Messages> (event: Event, message: () => Messages[Event]): void {
  if (isHeard(event)) CHANNELS[event].publish(message())
}

/** A session by what is known of it. */
export function whose ({ handle, user }: { readonly handle: Handle, readonly user?: string | undefined }): Whose {
  return { handle, ...(user === undefined ? {} : { user }) }
}

function channel (event: keyof Messages): Channel {
  return diagnostics.channel(`fastify-session-security:${event}`)
}
