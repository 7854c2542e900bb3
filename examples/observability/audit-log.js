import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import pino from 'pino'

const CHANNEL = 'fastify-session-security:audit'

/** The words of the Elastic Common Schema for each event: `event.category`, `event.type` and `event.outcome`. */
const KINDS = {
  start: ['session', 'start', 'success'],
  renewal: ['session', 'info', 'success'],
  authentication: ['authentication', 'info', 'success'],
  'sign-out': ['session', 'info', 'success'],
  eviction: ['session', 'info', 'success'],
  revocation: ['session', 'info', 'success'],
  end: ['session', 'end', 'success'],
  refusal: ['session', 'info', 'failure'],
  unrecorded: ['session', 'info', 'failure']
}

/**
 * Writes the audit trail as lines of JSON. Their fields are those of the Elastic Common Schema
 * (https://www.elastic.co/docs/reference/ecs). Give it a destination of its own: an audit log is kept longer than other
 * logs, and fewer people may read it.
 *
 * @param {import('pino').DestinationStream} destination `pino.destination('/var/log/app/audit.log')`, for instance
 * @returns {() => void} stops it
 */
export function writeAuditLog (destination) {
  const formatters = { level: label => ({ 'log.level': label }) }
  const log = pino({ base: null, timestamp: false, formatters }, destination)
  const write = event => {
    const isBad = KINDS[event.event][2] === 'failure'
    log[isBad ? 'warn' : 'info'](fieldsOf(event))
  }
  subscribe(CHANNEL, write)
  return () => { unsubscribe(CHANNEL, write) }
}

/** An event as ECS has it. Fields for which it has no word stand below `session_security`. */
function fieldsOf ({ event, atMs, user, device = {}, reason, by, actor, code, startedAtMs, ...rest }) {
  const [category, type, outcome] = KINDS[event]
  return {
    '@timestamp': new Date(atMs).toISOString(),
    event: {
      kind: 'event',
      category: [category],
      type: [type],
      outcome,
      action: `session-${event}`,
      ...(reason === undefined ? {} : { reason }),
      ...(startedAtMs === undefined ? {} : lifeOf(startedAtMs, atMs))
    },
    ...userOf(user, by, actor),
    ...(device.address === undefined ? {} : { source: { address: device.address } }),
    ...(device.userAgent === undefined ? {} : { user_agent: { original: device.userAgent } }),
    ...(code === undefined ? {} : { error: { code } }),
    session_security: { ...rest, ...(by === undefined ? {} : { by }) }
  }
}

/** The beginning of the session, and its length in nanoseconds. */
function lifeOf (startedAtMs, atMs) {
  return { start: new Date(startedAtMs).toISOString(), duration: (atMs - startedAtMs) * 1_000_000 }
}

/** The person who did it. An operator acts on the sessions of somebody else, who is the target. */
function userOf (id, by, actor) {
  if (by === 'operator') return { user: { name: actor, ...(id === undefined ? {} : { target: { id } }) } }
  return id === undefined ? {} : { user: { id } }
}
