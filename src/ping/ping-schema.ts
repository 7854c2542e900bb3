import type { FastifySchema } from 'fastify'
import { END_REASONS } from '../core/policy.ts'
import type { SecurityPolicy } from '../options/options.ts'

const seconds = (description: string) => ({ type: 'number', minimum: 0, description })

const idleFor = seconds('Seconds since the last thing a person did in the browser. Without it, the ping only reads.')
const claim = { type: 'object', properties: { idleFor } }

const view = {
  type: 'object',
  required: ['state'],
  properties: {
    state: { type: 'string', enum: ['active', 'warning', 'ended'] },
    reason: {
      type: 'string', enum: [...END_REASONS, 'none'], description: 'Why it ended; `none` when there is no session.'
    },
    idleFor: seconds('Seconds since the last activity that the server knows of.'),
    warnAfter: seconds('Idle seconds until the warning.'),
    expireAfter: seconds('Idle seconds until the end.'),
    warnsIn: seconds('Seconds until the warning.'),
    expiresIn: seconds('Seconds until the nearer deadline.'),
    extendable: { type: 'boolean', description: 'Whether activity can still put the end off.' },
    endsBy: { type: 'string', enum: ['idle', 'absolute'], description: 'Which deadline is the nearer.' },
    tag: {
      type: 'string',
      description: 'Names the session one-way: the same after a renewal, another one after each sign-in.'
    },
    user: {
      type: 'string',
      description: 'Names the user one-way: a page that was made for another one is over for its person.'
    }
  }
}

const idleSeconds = {
  description: 'Whole idle seconds, or "logout".',
  oneOf: [{ type: 'integer', minimum: 0 }, { type: 'string', const: 'logout' }]
}

const problem = {
  type: 'object',
  properties: {
    statusCode: { type: 'integer' }, code: { type: 'string' }, error: { type: 'string' }, message: { type: 'string' }
  }
}

/** Describes a ping and its answer, for @fastify/swagger and for the serializer. */
export function pingSchema (
  method: 'GET' | 'POST', format: SecurityPolicy['pingFormat'], hide: boolean
): FastifySchema {
  const schema = {
    hide,
    summary: 'Reports idle seconds, and reads the server\'s view of the session',
    tags: ['session'],
    querystring: claim,
    ...(method === 'POST' ? { body: claim, consumes: ['application/json', 'text/plain'] } : {}),
    response: { 200: format === 'seconds' ? idleSeconds : view, 400: problem, 403: problem }
  }
  return schema
}
