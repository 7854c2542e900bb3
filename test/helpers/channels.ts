import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { SessionSecurityChannels } from '../../src/index.ts'

/** Every channel that there is; typed so that one which is missing does not compile. */
const NAMES: Readonly<Record<keyof SessionSecurityChannels, true>> = {
  'fastify-session-security:start': true,
  'fastify-session-security:activity': true,
  'fastify-session-security:warning-extended': true,
  'fastify-session-security:end': true,
  'fastify-session-security:refused': true,
  'fastify-session-security:sweep': true,
  'fastify-session-security:outage-begin': true,
  'fastify-session-security:outage-end': true,
  'fastify-session-security:unrecorded': true
}

export const CHANNELS: readonly string[] = Object.keys(NAMES)

type Heard = [event: string, message: object]

/** Notes what is published on all channels, or on these, until the test is over. */
export function listen (test: { after (stop: () => void): void }, channels = CHANNELS): Heard[] {
  const heard: Heard[] = []
  for (const channel of channels) {
    const note = (message: unknown): void => { heard.push([channel.replace('fastify-session-security:', ''), message as object]) }
    subscribe(channel, note)
    test.after(() => { unsubscribe(channel, note) })
  }
  return heard
}
