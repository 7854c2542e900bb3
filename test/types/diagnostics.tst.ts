import { describe, expect, test } from 'tstyche'
import type { AuditEvent, Cause, Device, EndReason, SessionSecurityChannels, Via } from '../../src/index.ts'

type Of<Name extends AuditEvent['event']> = Extract<AuditEvent, { readonly event: Name }>

describe('what is published', () => {
  test('is typed by the name of its channel', () => {
    expect<SessionSecurityChannels>().type.toHaveProperty('fastify-session-security:audit')
    expect<SessionSecurityChannels>().type.not.toHaveProperty('audit')
    expect<SessionSecurityChannels['fastify-session-security:audit']>().type.toBe<AuditEvent>()
    expect<SessionSecurityChannels['fastify-session-security:activity']['via']>().type.toBe<
      | 'request' | 'ping' | 'call'>()
  })

  test('is an event of the audit trail, with the same fields under the same names', () => {
    expect<AuditEvent['event']>().type.toBe<
      'start' | 'renewal' | 'authentication' | 'sign-out' | 'eviction' | 'revocation' | 'end' | 'refusal' | 'unrecorded'
    >()
    expect<AuditEvent>().type.toBeAssignableTo<{
      readonly event: string
      readonly atMs: number
      readonly handle?: string
      readonly user?: string
      readonly device?: Device
    }>()
    expect<AuditEvent>().type.not.toHaveProperty('sessionId')
  })

  test('is told apart by its name', () => {
    expect<Of<'start'>['handle']>().type.toBe<string>()
    expect<Of<'start'>['by']>().type.toBe<'user'>()
    expect<Of<'renewal'>['predecessor']>().type.toBe<string>()
    expect<Of<'eviction'>>().type.toBeAssignableTo<{ readonly by: 'limit', readonly successor: string }>()
    expect<Of<'end'>['reason']>().type.toBe<EndReason>()
    expect<Of<'end'>['by']>().type.toBe<Cause>()
    expect<Of<'end'>>().type.toBeAssignableTo<{ readonly actor?: string, readonly startedAtMs: number }>()
    expect<Of<'revocation'>['count']>().type.toBe<number>()
    expect<Of<'unrecorded'>['via']>().type.toBe<Via>()
  })

  test('says what was refused', () => {
    expect<Of<'refusal'>['what']>().type.toBe<
      | 'ping' | 'push' | 'route' | 'sign-in' | 'renewal' | 'save' | 'admin' | 'request'>()
    expect<Of<'refusal'>>().type.not.toHaveProperty('by')
  })
})
