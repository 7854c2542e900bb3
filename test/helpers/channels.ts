import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { AuditEvent, SessionSecurityChannels } from '../../src/index.ts'

/** Every channel that there is; typed so that one which is missing does not compile. */
const NAMES: Readonly<Record<keyof SessionSecurityChannels, true>> = {
  'fastify-session-security:audit': true,
  'fastify-session-security:activity': true,
  'fastify-session-security:warning-extended': true,
  'fastify-session-security:sweep': true,
  'fastify-session-security:outage-begin': true,
  'fastify-session-security:outage-end': true
}

export const CHANNELS: readonly string[] = Object.keys(NAMES)

export const AUDIT = 'fastify-session-security:audit'

type Heard = [event: string, message: object]

/** Notes the audit trail until the test is over. */
export function listenToAudit (test: { after (stop: () => void): void }): AuditEvent[] {
  const heard: AuditEvent[] = []
  const note = (message: unknown): void => { heard.push(message as AuditEvent) }
  subscribe(AUDIT, note)
  test.after(() => { unsubscribe(AUDIT, note) })
  return heard
}

/** The events, and what they say under those names. */
export function shown (heard: readonly AuditEvent[], ...keys: string[]): unknown[][] {
  return heard.map(event => ['event', ...keys].map(key => Reflect.get(event, key)))
}

/**
 * Notes what is published on all channels, or on these, until the test is over. An event of the audit trail counts by
 * its own name.
 */
export function listen (test: { after (stop: () => void): void }, channels = CHANNELS): Heard[] {
  const heard: Heard[] = []
  for (const channel of channels) {
    const note = (message: unknown): void => {
      const name = channel === AUDIT ? (message as AuditEvent).event : channel.replace('fastify-session-security:', '')
      heard.push([name, message as object])
    }
    subscribe(channel, note)
    test.after(() => { unsubscribe(channel, note) })
  }
  return heard
}
