import type { Http2SecureServer } from 'node:http2'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify'
import { describe, expect, test } from 'tstyche'
import type {
  Authentication, ConnectionEnd, ConnectionTarget, EndReason, EndedEach, EndedSession, EndedView, EndsBy, Handle,
  LiveView, OwnSession, PublicPolicy, Reauthentication, RequestSessionSecurity, SecondsOrNone, SessionList,
  SessionRecord, SessionSecurity, SessionStamp, SessionSummary, Status, SweepResult, View
} from '../../src/index.ts'

declare const request: FastifyRequest
declare const reply: FastifyReply
declare const secureReply: FastifyReply<RouteGenericInterface, Http2SecureServer>
declare const fastify: FastifyInstance

describe('request.session', () => {
  test('the record shows under _session_security, and may be absent', () => {
    expect(request.session._session_security).type.toBe<SessionStamp | undefined>()
    expect(request.session._session_security?.startedAtMs).type.toBe<number | undefined>()
    expect(request.session._session_security?.lastActivityMs).type.toBe<number | undefined>()
    expect(request.session._session_security?.warnAfter).type.toBe<number | undefined>()
    expect(request.session._session_security?.expireAfter).type.toBe<number | undefined>()
    expect(request.session._session_security?.authentication).type.toBe<Authentication | undefined>()
    expect(request.session._session_security?.absoluteTimeout).type.toBe<number | false | undefined>()
  })

  test('the record has no session id and no other secret', () => {
    expect<SessionStamp>().type.not.toHaveProperty('sessionId')
    expect<keyof SessionStamp>().type.toBe<
      | 'startedAtMs' | 'lastActivityMs' | 'warnAfter' | 'expireAfter' | 'absoluteTimeout' | 'authentication'>()
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

  test('has a record of an authenticated session only', () => {
    expect(request.sessionSecurity.record).type.toBe<SessionRecord | null>()
    expect<SessionRecord['absoluteTimeout']>().type.toBe<number | false>()
  })

  test('records an activity, or takes a report of idle seconds, and says whether it counts', () => {
    expect(request.sessionSecurity.recordActivity).type.toBe<() => Promise<boolean>>()
    expect(request.sessionSecurity.reportIdle).type.toBe<(seconds: number) => Promise<boolean>>()
    expect(request.sessionSecurity.reportIdle).type.not.toBeCallableWith()
    expect(request.sessionSecurity.reportIdle).type.not.toBeCallableWith('5')
  })

  test('tells what this request knows, and asks the store on demand', () => {
    expect(request.sessionSecurity.status).type.toBe<() => Status>()
    expect(request.sessionSecurity.confirm).type.toBe<() => Promise<Status>>()
    expect(request.sessionSecurity.status().asOfMs).type.toBe<number>()
  })

  test('has the cookie line of a session that the request began, for a hijacked reply', () => {
    expect(request.sessionSecurity.cookieLine()).type.toBe<string | null>()
  })

  test('attaches what can be closed, and nothing else', () => {
    const { sessionSecurity } = request
    expect(sessionSecurity.attach(new AbortController())).type.toBe<Promise<boolean>>()
    expect(sessionSecurity.attach).type.toBeCallableWith({ close (_reason: ConnectionEnd) {} })
    expect(sessionSecurity.attach).type.toBeCallableWith({ close: async () => {} })
    expect(sessionSecurity.attach).type.toBeCallableWith(reply)
    expect(sessionSecurity.attach).type.toBeCallableWith(reply.raw)
    expect(sessionSecurity.attach).type.toBeCallableWith(secureReply.raw)
    expect(sessionSecurity.attach).type.not.toBeCallableWith({})
    expect(sessionSecurity.attach).type.not.toBeCallableWith('socket')
    expect(sessionSecurity.attach).type.not.toBeCallableWith({ close (_reason: number) {} })
    expect(sessionSecurity.detach).type.toBe<(target: ConnectionTarget) => void>()
    expect(sessionSecurity.signal).type.toBe<AbortSignal>()
    expect<ConnectionEnd>().type.toBe<EndReason | 'none' | 'unavailable'>()
  })

  test('is told of a proof of identity without further ado', () => {
    expect(request.sessionSecurity.reauthenticated).type.toBe<(options?: Reauthentication) => void>()
  })

  test('knows why a session ended, or that there was none', () => {
    expect(request.sessionSecurity.endReason).type.toBe<() => Promise<EndReason | 'none'>>()
  })

  test('is for reading', () => {
    expect<Pick<RequestSessionSecurity, 'handle' | 'passive' | 'record'>>().type.toBe<{
      readonly handle: Handle | null,
      readonly passive: boolean,
      readonly record: SessionRecord | null
    }>()
  })
})

describe('the view', () => {
  const view: View = request.sessionSecurity.status()

  test('is that of a live session or that of one which ended', () => {
    expect<Status>().type.toBeAssignableTo<View>()
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
    expect(fastify.sessionSecurity.policy).type.toBe<PublicPolicy>()
    expect(fastify.sessionSecurity.policy.throttle).type.toBe<number>()
    expect(fastify.sessionSecurity.policy.absoluteTimeout).type.toBe<SecondsOrNone>()
    type Policy = Pick<PublicPolicy, keyof PublicPolicy>
    expect<Policy>().type.toBe<Readonly<Policy>>()
  })

  test('shows no options that hold secrets', () => {
    expect<PublicPolicy>().type.not.toHaveProperty('session')
    expect<PublicPolicy>().type.not.toHaveProperty('cookie')
    expect<PublicPolicy>().type.not.toHaveProperty('store')
  })

  test('ends a session by handle, for a reason that exists', () => {
    expect(fastify.sessionSecurity.end('handle')).type.toBe<Promise<EndedSession | null>>()
    expect(fastify.sessionSecurity.end).type.toBeCallableWith('handle', { reason: 'displaced', by: 'root' })
    expect(fastify.sessionSecurity.end).type.not.toBeCallableWith()
    expect(fastify.sessionSecurity.end).type.not.toBeCallableWith('handle', { reason: 'none' })
    expect(fastify.sessionSecurity.end).type.not.toBeCallableWith('handle', { by: 7 })
  })

  test('sweeps, within a limit or not', () => {
    expect(fastify.sessionSecurity.sweep()).type.toBe<Promise<SweepResult>>()
    expect(fastify.sessionSecurity.sweep).type.toBeCallableWith({ limit: 10 })
    expect(fastify.sessionSecurity.sweep).type.not.toBeCallableWith({ limit: '10' })
    expect(fastify.sessionSecurity.sweep).type.not.toBeCallableWith({ most: 10 })
    expect<SweepResult>().type.toBe<{
      readonly ended: number, readonly failed: number, readonly more: boolean, readonly lag: number
    }>()
  })
})

describe('what administration shows of a session', () => {
  test('says when a live one ends, and why an ended one did', async () => {
    const session = await fastify.sessionSecurity.get('handle')
    expect(session).type.toBe<SessionSummary | null>()
    if (session?.state === 'live') {
      expect(session.endsBy).type.toBe<EndsBy>()
      expect(session).type.not.toHaveProperty('reason')
    }
    if (session?.state === 'ended') {
      expect(session.reason).type.toBe<EndReason>()
      expect(session).type.not.toHaveProperty('expiresIn')
    }
  })

  test('comes in pages', async () => {
    expect(fastify.sessionSecurity.list).type.toBeCallableWith({
      user: 'ada', state: 'all', order: 'ends-last', limit: 10, cursor: 'x'
    })
    expect(fastify.sessionSecurity.list).type.toBeCallableWith({ userPrefix: 'ad' })
    expect(fastify.sessionSecurity.list).type.toBeCallableWith()
    expect(fastify.sessionSecurity.list).type.not.toBeCallableWith({ state: 'due' })
    expect(await fastify.sessionSecurity.list()).type.toBe<SessionList>()
  })

  test('marks the caller\'s own among those of the user', async () => {
    expect(request.sessionSecurity.sessions).type.toBe<() => Promise<OwnSession[]>>()
    const [own] = await request.sessionSecurity.sessions()
    if (own !== undefined) expect(own.current).type.toBe<boolean>()
    expect(await request.sessionSecurity.endOtherSessions()).type.toBe<EndedSession[]>()
  })
})

describe('administration', () => {
  test('takes one spared session, or several', () => {
    expect(fastify.sessionSecurity.endSessions).type.toBeCallableWith(['a', 'b'], { reason: 'revoked', by: 'root' })
    expect(fastify.sessionSecurity.endSessions).type.not.toBeCallableWith('a')
    expect(fastify.sessionSecurity.endSessions(['a'])).type.toBe<Promise<EndedEach>>()
    expect(fastify.sessionSecurity.endUser).type.toBeCallableWith('ada')
    expect(fastify.sessionSecurity.endUser).type.toBeCallableWith(7n)
    expect(fastify.sessionSecurity.endUser).type.toBeCallableWith(7, { except: 'handle', tokens: true })
    expect(fastify.sessionSecurity.endUser).type.toBeCallableWith('ada', { except: ['a', 'b'] })
    expect(fastify.sessionSecurity.endUser).type.not.toBeCallableWith('ada', { sessions: true })
  })

  test('takes the time at which a token expires as a date, or as a JWT has it', () => {
    expect(fastify.sessionSecurity.tokens.track).type.toBeCallableWith({
      id: 'jti', user: 'ada', expiresAt: new Date(), note: 'CI'
    })
    expect(fastify.sessionSecurity.tokens.track).type.toBeCallableWith({ id: 'jti', expiresAt: 1_800_000_000 })
    expect(fastify.sessionSecurity.tokens.track).type.not.toBeCallableWith({ id: 'jti' })
    expect(fastify.sessionSecurity.tokens.isActive('jti')).type.toBe<Promise<boolean>>()
    expect(fastify.sessionSecurity.tokens.revoke).type.toBeCallableWith('jti', { by: 'root' })
  })
})
