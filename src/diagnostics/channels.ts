import type { Channel } from 'node:diagnostics_channel'
import diagnostics from 'node:diagnostics_channel'
import type { AuditEvent, Via } from './audit-event.ts'
import type { Handle } from '../core/session.ts'

/** The session of an activity. `user` is absent if `userOf` named none. */
interface Activity {
  readonly handle: Handle
  readonly user?: string
  readonly via: Via
}

/** The messages, by the last part of their channel's name. Times are in seconds, unless their names end with `Ms`. */
export interface Messages {
  /** The audit trail: every event that changes who is signed in, or refuses that. */
  audit: AuditEvent
  /** An activity was written. `idleFor`: seconds since the one before. */
  activity: Activity & { readonly idleFor: number }
  /** An activity ended the warning; of several at the same time, one is published. `left`: seconds until the end. */
  'warning-extended': Activity & { readonly left: number }
  /**
   * A sweep is complete. `ended`, `failed`, `more` and `lag` are its result; `seconds` is its duration.
   *
   * `lag` grows from sweep to sweep while the nodes do not keep up.
   */
  sweep: {
    readonly ended: number
    readonly failed: number
    readonly more: boolean
    readonly lag: number
    readonly seconds: number
  }
  /** Redis cannot be asked. `why` is the client's text, and may name the server. */
  'outage-begin': { readonly why: string }
  /** Redis is back, after so many seconds. `unrecorded`: the activities that could not be recorded meanwhile. */
  'outage-end': { readonly seconds: number, readonly unrecorded: number }
}

/** The messages on `node:diagnostics_channel`, by the name of their channel. */
export type SessionSecurityChannels = {
  readonly [Event in keyof Messages as `fastify-session-security:${Event}`]: Messages[Event]
}

const CHANNELS: Readonly<Record<keyof Messages, Channel>> = {
  audit: channel('audit'),
  activity: channel('activity'),
  'warning-extended': channel('warning-extended'),
  sweep: channel('sweep'),
  'outage-begin': channel('outage-begin'),
  'outage-end': channel('outage-end')
}

/** Tells whether anybody listens. Without a listener, a caller makes no message. */
export function hasSubscribers (event: keyof Messages): boolean {
  return CHANNELS[event].hasSubscribers
}

/** Publishes a message. Node reports an error of a listener as an uncaught exception, after the request has gone on. */
export function publish<Event extends keyof Messages> (event: Event, message: Messages[Event]): void {
  CHANNELS[event].publish(message)
}

function channel (event: keyof Messages): Channel {
  return diagnostics.channel(`fastify-session-security:${event}`)
}
