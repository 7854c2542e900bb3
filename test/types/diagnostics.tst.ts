import { describe, expect, test } from 'tstyche'
import type { EndReason, SessionSecurityChannels } from '../../src/index.ts'

describe('what is published', () => {
  test('is typed by the name of its channel', () => {
    expect<SessionSecurityChannels>().type.toHaveProperty('fastify-session-security:start')
    expect<SessionSecurityChannels>().type.not.toHaveProperty('start')
  })

  test('names a session by handle, and with its user where there is one', () => {
    expect<SessionSecurityChannels['fastify-session-security:start']>().type.toBeAssignableFrom<{ readonly handle: string, readonly user?: string }>()
    expect<SessionSecurityChannels['fastify-session-security:end']['reason']>().type.toBe<EndReason>()
    expect<SessionSecurityChannels['fastify-session-security:activity']['by']>().type.toBe<'request' | 'ping' | 'call'>()
    expect<SessionSecurityChannels['fastify-session-security:end']>().type.not.toHaveProperty('sessionId')
  })

  test('says what was refused', () => {
    expect<SessionSecurityChannels['fastify-session-security:refused']>().type.toBe<{ readonly what: 'ping' | 'route' | 'sign-in' | 'request', readonly code: string }>()
  })
})
