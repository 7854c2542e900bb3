import type { FastifyInstance, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'tstyche'
import type {
  ActivityPolicy, EndReason, EndedSession, EndedView, EndsBy, Fate, Handle, LiveView, RequestSessionSecurity, SessionRecord, SessionSecurity, SessionStamp, SweepResult, View
} from '../../src/index.ts'

declare const request: FastifyRequest
declare const fastify: FastifyInstance

describe('request.session', () => {
  test('the record shows under _session_security, and may be absent', () => {
    expect(request.session._session_security).type.toBe<SessionStamp | undefined>()
    expect(request.session._session_security?.startedAtMs).type.toBe<number | undefined>()
    expect(request.session._session_security?.lastActivityMs).type.toBe<number | undefined>()
    expect(request.session._session_security?.warnAfter).type.toBe<number | undefined>()
    expect(request.session._session_security?.expireAfter).type.toBe<number | undefined>()
    expect(request.session._session_security?.absoluteTimeout).type.toBe<number | false | undefined>()
  })

  test('the record has no session id and no other secret', () => {
    expect<SessionStamp>().type.not.toHaveProperty('sessionId')
    expect<keyof SessionStamp>().type.toBe<'startedAtMs' | 'lastActivityMs' | 'warnAfter' | 'expireAfter' | 'absoluteTimeout'>()
  })

  test('the record is for reading', () => {
    expect<SessionStamp>().type.toBe<Readonly<SessionStamp>>()
    expect<SessionStamp>().type.not.toBe<{ -readonly [Key in keyof SessionStamp]: SessionStamp[Key] }>()
  })
})

describe('request.sessionSecurity', () => {
  test('is there on every request', () => {
    expect(request.sessionSecurity).type.toBe<RequestSessionSecurity>()
  })

  test('names the session by its handle, or by nothing', () => {
    expect(request.sessionSecurity.handle).type.toBe<Handle | null>()
    expect<Handle>().type.toBe<string>()
  })

  test('tells whether the request is passive', () => {
    expect(request.sessionSecurity.passive).type.toBe<boolean>()
  })

  test('has a record of a protected session only', () => {
    expect(request.sessionSecurity.record).type.toBe<SessionRecord | null>()
    expect<SessionRecord['absoluteTimeout']>().type.toBe<number | false>()
  })

  test('counts an activity, or reports idle milliseconds, and answers when it is written', () => {
    expect(request.sessionSecurity.touch).type.toBe<() => Promise<void>>()
    expect(request.sessionSecurity.report).type.toBeCallableWith(5000)
    expect(request.sessionSecurity.report).type.not.toBeCallableWith()
    expect(request.sessionSecurity.report).type.not.toBeCallableWith('5000')
  })

  test('is told of a proof of identity without further ado', () => {
    expect(request.sessionSecurity.reauthenticated).type.toBe<() => void>()
  })

  test('knows why a session ended, or that there was none', () => {
    expect(request.sessionSecurity.endReason).type.toBe<() => Promise<EndReason | 'none'>>()
  })

  test('is for reading', () => {
    expect<Pick<RequestSessionSecurity, 'handle' | 'passive' | 'record'>>().type.toBe<{ readonly handle: Handle | null, readonly passive: boolean, readonly record: SessionRecord | null }>()
  })
})

describe('the view', () => {
  const view = request.sessionSecurity.view()

  test('is that of a live session or that of one which ended', () => {
    expect(view).type.toBe<View>()
    expect<View>().type.toBe<LiveView | EndedView>()
    expect(view.state).type.toBe<'active' | 'warning' | 'ended'>()
  })

  test('has no times and no reason before its state is looked at', () => {
    expect(view).type.not.toHaveProperty('expiresIn')
    expect(view).type.not.toHaveProperty('reason')
  })

  test('has a reason and no times once its state is "ended"', () => {
    if (view.state !== 'ended') return
    expect(view).type.toBe<EndedView>()
    expect(view.reason).type.toBe<EndReason | 'none'>()
    expect(view).type.not.toHaveProperty('expiresIn')
  })

  test('has times and no reason in any other state', () => {
    if (view.state === 'ended') return
    expect(view).type.toBe<LiveView>()
    expect(view.state).type.toBe<'active' | 'warning'>()
    expect(view.idleFor).type.toBe<number>()
    expect(view.warnAfter).type.toBe<number>()
    expect(view.expireAfter).type.toBe<number>()
    expect(view.warnsIn).type.toBe<number>()
    expect(view.expiresIn).type.toBe<number>()
    expect(view.extendable).type.toBe<boolean>()
    expect(view.endsBy).type.toBe<EndsBy>()
    expect(view).type.not.toHaveProperty('reason')
  })
})

describe('the reasons', () => {
  test('a session ends for one of five', () => {
    expect<EndReason>().type.toBe<'idle' | 'absolute' | 'logout' | 'revoked' | 'displaced'>()
  })

  test('a deadline is one of two', () => {
    expect<EndsBy>().type.toBe<'idle' | 'absolute'>()
  })
})

describe('fastify.sessionSecurity', () => {
  test('is there on every server', () => {
    expect(fastify.sessionSecurity).type.toBe<SessionSecurity>()
  })

  test('shows the options in force, with their defaults, for reading', () => {
    expect(fastify.sessionSecurity.policy).type.toBe<ActivityPolicy>()
    expect(fastify.sessionSecurity.policy.throttle).type.toBe<number>()
    expect(fastify.sessionSecurity.policy.absoluteTimeout).type.toBe<number | false>()
    expect<ActivityPolicy>().type.toBe<Readonly<ActivityPolicy>>()
  })

  test('tells by handle what became of a session', () => {
    expect(fastify.sessionSecurity.get).type.toBe<(handle: Handle) => Promise<Fate>>()
    expect<Fate['state']>().type.toBe<'live' | 'ended' | 'replaced' | 'unknown'>()
  })

  test('ends a session by handle, for a reason that exists', () => {
    expect(fastify.sessionSecurity.end('handle')).type.toBe<Promise<EndedSession | null>>()
    expect(fastify.sessionSecurity.end).type.toBeCallableWith('handle', 'displaced')
    expect(fastify.sessionSecurity.end).type.not.toBeCallableWith()
    expect(fastify.sessionSecurity.end).type.not.toBeCallableWith('handle', 'none')
    expect(fastify.sessionSecurity.end).type.not.toBeCallableWith('handle', 'because')
  })

  test('sweeps, within a limit or not', () => {
    expect(fastify.sessionSecurity.sweep()).type.toBe<Promise<SweepResult>>()
    expect(fastify.sessionSecurity.sweep).type.toBeCallableWith({ limit: 10 })
    expect(fastify.sessionSecurity.sweep).type.not.toBeCallableWith({ limit: '10' })
    expect(fastify.sessionSecurity.sweep).type.not.toBeCallableWith({ most: 10 })
    expect<SweepResult>().type.toBe<{ readonly ended: readonly EndedSession[], readonly failed: number, readonly more: boolean }>()
  })
})

describe('a fate', () => {
  test('has a record only of a live session, and an end only of one that ended', async () => {
    const fate = await fastify.sessionSecurity.get('handle')
    expect(fate).type.not.toHaveProperty('record')
    if (fate.state === 'live') expect(fate.record).type.toBe<SessionRecord>()
    if (fate.state === 'ended') expect(fate.ended).type.toBe<EndedSession>()
    if (fate.state === 'unknown') expect(fate).type.not.toHaveProperty('ended')
  })
})
