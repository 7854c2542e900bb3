import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EndedSession, EndReason } from '../../src/index.ts'
import { findLimitViolations } from './check-limit.ts'
import type { Notification } from './events.ts'
import type { LimitExchange, LimitLog, LimitState, Look } from './limit-events.ts'

describe('the checker of the limit', () => {
  it('has nothing to say of sessions that are let in until they are renewed, displaced and ended', () => {
    const exchanges = [
      ...['a', 'b', 'c', 'd'].map((handle, index) => signIn(handle, 10 * index)),
      member('a', 25), member('a', 60, 401),
      renew('b', 50, 'e'), member('b', 55, 401), member('e', 70),
      withoutGift({
        ...signIn('x', 98), status: 401, code: REVOKED
      }), endUser(100, ['c', 'd', 'e']), member('e', 110, 401),
      signIn('f', 120), member('f', 130)
    ]
    const revoked = [['c', 22], ['d', 32], ['e', 12]] as const
    const notified = [
      end('a', 'displaced', 33, 2), ...revoked.map(([handle, startedAtMs]) => end(handle, 'revoked', 102, startedAtMs))
    ]
    const states = { a: 'ended', b: 'renewed', c: 'ended', d: 'ended', e: 'ended', f: 'live' } as const
    assert.deepEqual(check({ exchanges, looks: [look(90, ['c', 'd', 'e'])], notified, states }), [])
  })

  it('finds a fourth, seen at once', () => {
    assert.deepEqual(check({ looks: [look(50, ['a', 'b', 'c', 'd'])] }), ['one too many'])
  })

  it('finds a fourth that no look saw at once: each was let in when all had begun', () => {
    const handles = ['a', 'b', 'c', 'd']
    const exchanges = [
      ...handles.map((handle, index) => signIn(handle, 10 * index)),
      ...handles.map((handle, index) => member(handle, 50 + index))
    ]
    assert.deepEqual(check({ exchanges, states: { a: 'live', b: 'live', c: 'live', d: 'live' } }), ['one too many'])
    const displaced = {
      notified: [end('a', 'displaced', 33)], states: { a: 'ended', b: 'live', c: 'live', d: 'live' }
    } as const
    assert.deepEqual(check({ exchanges: exchanges.filter(({ handle }) => handle !== 'a'), ...displaced }), [])
  })

  it('finds a survivor: let in, or seen, after the end of all sessions that had arrived before', () => {
    const slow = { ...signIn('a', 0), receivedAtMs: 200 }
    const states = { a: 'live' } as const
    assert.deepEqual(check({ exchanges: [slow, endUser(100), member('a', 210)], states }), ['survivor'])
    assert.deepEqual(check({ exchanges: [slow, endUser(100)], looks: [look(150, ['a'])], states }), ['survivor'])
    assert.deepEqual(
      check({ exchanges: [signIn('a', 120), endUser(100), member('a', 210)], states }), [], 'not one that came later'
    )
  })

  it('finds a survivor by a renewal that was under way', () => {
    const exchanges = [signIn('a', 0), { ...renew('a', 90, 'b'), receivedAtMs: 200 }, endUser(100), member('b', 210)]
    assert.deepEqual(check({ exchanges, states: { a: 'renewed', b: 'live' } }), ['survivor'])
  })

  it('lets the exception go on, and no renewal of it that was under way', () => {
    const exchanges = [
      signIn('a', 0), { ...endUser(100), except: 'a' }, member('a', 210), { ...signIn('b', 5), receivedAtMs: 200 }
    ]
    const states = { a: 'live', b: 'live' } as const
    assert.deepEqual(check({ exchanges, states }), [])
    assert.deepEqual(check({ exchanges: [...exchanges, member('b', 220)], states }), ['survivor'])
    const renewed = [
      ...exchanges.slice(0, 2), { ...renew('a', 90, 'b'), receivedAtMs: 200, savingAtMs: 190 }, member('b', 220)
    ]
    assert.deepEqual(check({ exchanges: renewed, states: { a: 'renewed', b: 'live' } }), ['survivor'])
    const ended = [signIn('a', 0), { ...endUser(100, ['a']), except: 'a' }]
    assert.deepEqual(
      check({ exchanges: ended, notified: [end('a', 'revoked', 102)], states: { a: 'ended' } }), ['ended for nothing']
    )
  })

  it('finds a session that outlives a sign-out', () => {
    const signOut = exchange('sign-out', 50, { handle: 'a' })
    const exchanges = [signIn('a', 0), signOut, { ...renew('a', 40, 'b'), receivedAtMs: 60 }]
    assert.deepEqual(check({ exchanges, notified: [end('b', 'logout', 52)], states: { a: 'renewed', b: 'ended' } }), [])
    assert.deepEqual(
      check({ exchanges: [...exchanges, member('b', 70)], states: { a: 'renewed', b: 'live' } }), ['survivor']
    )
  })

  it('finds a session that was both ended and renewed', () => {
    const exchanges = [signIn('a', 0), endUser(50, ['a']), renew('a', 40, 'b')]
    assert.deepEqual(
      check({ exchanges, notified: [end('a', 'revoked', 52)], states: { a: 'renewed', b: 'live' } }),
      ['revived', 'notified', 'notified']
    )
  })

  it('finds a sign-in that was refused without a cause', () => {
    const states = { a: 'live' } as const
    assert.deepEqual(check({ exchanges: [signIn('a', 20), member('a', 30, 401)], states }), ['turned away'])
    assert.deepEqual(
      check({ exchanges: [endUser(0), withoutGift({ ...signIn('a', 20), status: 401, code: REVOKED })] }),
      ['turned away']
    )
    const early = {
      exchanges: [signIn('a', 20), endUser(50, ['a']), member('a', 30, 401)], states: { a: 'ended' }
    } as const
    assert.deepEqual(check({ ...early, notified: [end('a', 'revoked', 52)] }), ['turned away'])
  })

  it('knows of a sign-in that displaced another, was ended before its answer, and gave no cookie', () => {
    const exchanges = [
      ...['a', 'b', 'c'].map((handle, index) =>
        signIn(handle, 10 * index)
      ), member('a', 60, 401), endUser(50, ['b', 'c', 'x'])
    ]
    const notified = [
      end('a', 'displaced', 42, 2), end('b', 'revoked', 52, 12), end('c', 'revoked', 52, 22),
      end('x', 'revoked', 52, 42)
    ]
    const log = { notified, states: { a: 'ended', b: 'ended', c: 'ended', x: 'ended' } } as const
    const refused = { ...withoutGift(signIn('x', 40)), savingAtMs: 41, receivedAtMs: 70, status: 401, code: REVOKED }
    assert.deepEqual(check({ ...log, exchanges: [...exchanges, refused] }), [])
    assert.deepEqual(check({ ...log, exchanges }), ['notified'])
  })

  it('knows of a renewal whose session ended before the answer, which gave no cookie', () => {
    const late = { ...withoutGift(renew('a', 40, 'x')), savingAtMs: 41, receivedAtMs: 70, status: 401 }
    const exchanges = [signIn('a', 0), late, member('a', 60, 401), endUser(50, ['x'])]
    const log = { notified: [end('x', 'revoked', 52, 2)], states: { a: 'renewed', x: 'ended' } } as const
    assert.deepEqual(check({ ...log, exchanges }), [])
    assert.deepEqual(
      check({ ...log, exchanges: exchanges.filter(one => one !== late) }), ['turned away', 'state', 'notified']
    )
  })

  it('finds an end without a cause', () => {
    const ended = { exchanges: [endUser(0, ['a']), signIn('a', 20)], states: { a: 'ended' } } as const
    for (const reason of ['displaced', 'idle', 'revoked'] as const) {
      assert.deepEqual(check({ ...ended, notified: [end('a', reason, 40)] }), ['ended for nothing'])
    }
  })

  it('finds an end that was not notified, a notification without an end, and a wrong index', () => {
    const exchanges = [signIn('a', 0), endUser(10, ['a'])]
    assert.deepEqual(check({ exchanges, states: { a: 'ended' } }), ['notified'])
    const notified = [end('a', 'revoked', 12)]
    assert.deepEqual(check({ exchanges, notified, states: { a: 'live' } }), ['notified', 'notified'])
    assert.deepEqual(check({ states: { a: 'live' } }), ['state'])
    assert.deepEqual(check({ looks: [{ ...look(50, ['a']), listed: [] }] }), ['index'])
  })
})

const REVOKED = 'FST_SESSION_SECURITY_REVOKED'

interface Given extends Partial<Omit<LimitLog, 'states'>> {
  readonly states?: Readonly<Record<string, LimitState>>
}

function check ({ exchanges = [], looks = [], notified = [], states = {} }: Given): string[] {
  const log = { exchanges, looks, notified, states: new Map(Object.entries(states)) }
  return findLimitViolations(log, { limit: 3 }).map(({ rule }) => rule)
}

/** Takes four ms from the browser's request to its answer. */
function exchange (kind: LimitExchange['kind'], atMs: number, more: Partial<LimitExchange>): LimitExchange {
  return {
    kind, user: 'ada', node: 0, sentAtMs: atMs, arrivedAtMs: atMs + 1, receivedAtMs: atMs + 4, status: 200, ...more
  }
}

function signIn (given: string, atMs: number): LimitExchange {
  return exchange('sign-in', atMs, { given, startedAtMs: atMs + 2 })
}

function renew (handle: string, atMs: number, given: string): LimitExchange {
  return exchange('renew', atMs, { handle, given })
}

function member (handle: string, atMs: number, status = 200): LimitExchange {
  return exchange('member', atMs, { handle, status })
}

function endUser (atMs: number, ended: readonly string[] = []): LimitExchange {
  return exchange('end-user', atMs, { calledAtMs: atMs + 1, ended })
}

function withoutGift ({ given, ...refused }: LimitExchange): LimitExchange {
  return refused
}

function look (atMs: number, live: readonly string[]): Look {
  return { user: 'ada', beforeMs: atMs, afterMs: atMs + 1, live, listed: live }
}

function end (handle: string, reason: EndReason, endedAtMs: number, startedAtMs = 2): Notification {
  const ended: EndedSession = { handle, user: 'ada', reason, startedAtMs, lastActivityMs: startedAtMs, endedAtMs }
  return { node: 0, receivedAtMs: endedAtMs + 1, ended }
}
