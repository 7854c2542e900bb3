import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { SeverityNumber, logs } from '@opentelemetry/api-logs'

const CHANNEL = 'fastify-session-security:audit'

/**
 * Emits the audit trail as events of OpenTelemetry. They go to the logger provider that your SDK has set up. A start is
 * a `session.start` and an end a `session.end`, as the semantic conventions have it
 * (https://opentelemetry.io/docs/specs/semconv/general/session/). A renewal is a `session.start` that names its
 * predecessor in `session.previous_id`. `session.id` is the handle. Other events have other names:
 * `session_security.refusal`.
 *
 * @returns {() => void} stops it
 */
export function emitSessionEvents () {
  const logger = logs.getLogger('fastify-session-security')
  const emit = event => {
    const isBad = event.event === 'refusal' || event.event === 'unrecorded'
    logger.emit({
      eventName: nameOf(event.event),
      timestamp: event.atMs,
      severityNumber: isBad ? SeverityNumber.WARN : SeverityNumber.INFO,
      attributes: attributesOf(event)
    })
  }
  subscribe(CHANNEL, emit)
  return () => { unsubscribe(CHANNEL, emit) }
}

function nameOf (event) {
  if (event === 'start' || event === 'renewal') return 'session.start'
  return event === 'end' ? 'session.end' : `session_security.${event.replace('-', '_')}`
}

/** Attributes of the conventions where there are some, and others below `session_security`. */
function attributesOf ({ event, atMs, handle, predecessor, user, device = {}, code, ...rest }) {
  const known = {
    'session.id': handle,
    'session.previous_id': predecessor,
    'user.id': user,
    'client.address': device.address,
    'user_agent.original': device.userAgent,
    'error.type': code
  }
  const own = Object.entries(rest).map(([name, value]) => [`session_security.${snakeCase(name)}`, value])
  return Object.fromEntries([...Object.entries(known), ...own].filter(([, value]) => value !== undefined))
}

function snakeCase (name) {
  return name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
