import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EndedSession } from '../../src/index.ts'
import type { Rules } from './checker.ts'
import { findViolations } from './checker.ts'
import type { Account, EventLog, Exchange, Told } from './events.ts'

const REFUSED = { status: 503, code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }

describe('the checker of the fleet', () => {
  it('has nothing to say of a session that was used, left alone, and told', () => {
    assert.deepEqual(check([
      request('page', 500, { lastActivityMs: 510 }),
      request('ping', 1000, { lastActivityMs: 720 }, { idleForMs: 300 }),
      request('edit', 1200, { lastActivityMs: 1210 }, { edit: { field: 'a', value: 1 } }),
      request('poll', 1300, { lastActivityMs: 1210 }, { fields: { a: 1 } }),
      turnedAway('poll', 2900)
    ], [told(3000, { lastActivityMs: 1210, endedAtMs: 2810 })]), [])
  })

  it('finds an activity that moved back', () => {
    const [first, second] = [request('page', 500, { lastActivityMs: 510 }), request('poll', 600, { lastActivityMs: 400 })]
    assert.deepEqual(check([first, second], [idleSince(510)]), ['moved back'])
    const stampLost = request('page', 500, { lastActivityMs: 510, isStampLost: true })
    assert.deepEqual(check([stampLost, second], [idleSince(400)]), [], 'not one that was never acknowledged')
    const concurrent = { ...second, sentAtMs: 505 }
    assert.deepEqual(check([first, concurrent], [idleSince(510)]), [], 'not in two requests at once')
  })

  it('finds a session that is alive after its end: after a sign-out, a response, or onSessionEnd', () => {
    const late = request('poll', 1600, { lastActivityMs: 0 })
    assert.deepEqual(check([turnedAway('sign-out', 300), late], [told(1700, { reason: 'logout', endedAtMs: 305 })]), ['alive after its end'])
    assert.deepEqual(check([turnedAway('poll', 1588), late], [told(1700, { endedAtMs: 1600 })]), ['alive after its end'])
    assert.deepEqual(check([request('ping', 1588, {}, { state: 'ended', idleForMs: 2000 }), late], [told(1700, { endedAtMs: 1600 })]), ['alive after its end'])
    assert.deepEqual(check([late], [told(1599, { endedAtMs: 1600 })]), ['alive after its end'])
    assert.deepEqual(check([late], [idleSince(0)]), [])
  })

  it('finds an end that came before the deadline', () => {
    assert.deepEqual(check([], [told(1500, { endedAtMs: 1500 })]), ['ended too early'])
    assert.deepEqual(check([request('page', 900, { lastActivityMs: 905 })], [idleSince(0)]), ['ended too early'], 'acknowledged, but not counted')
    assert.deepEqual(check([request('page', 900, { lastActivityMs: 600 })], [idleSince(600)]), ['ended too early'], 'counted, but as an older one')
    assert.deepEqual(check([turnedAway('poll', 700)], [idleSince(0)]), ['ended too early'], 'turned away while it was alive')
    assert.deepEqual(check([turnedAway('sign-out', 700)], [told(800, { reason: 'logout', endedAtMs: 300 })]), ['ended too early'], 'before anybody signed out')
    assert.deepEqual(check([], [told(800, { reason: 'revoked', endedAtMs: 300 })]), ['ended too early'], 'for no reason')
  })

  it('finds a session that outlives what a person may have done last', () => {
    const poll = request('poll', 1700, { lastActivityMs: 0 })
    assert.deepEqual(check([poll], [idleSince(0)]), ['ended too late'])
    const earlierPolls = [500, 1000, 1500].map(sentAtMs => request('poll', sentAtMs, { lastActivityMs: 0 }))
    assert.deepEqual(check([...earlierPolls, poll], [idleSince(0)]), ['ended too late'], 'polls extend nothing')
    const claim = request('ping', 1500, { lastActivityMs: 0 }, { idleForMs: 1490 })
    assert.deepEqual(check([claim, poll], [idleSince(0)]), ['ended too late'], 'a ping no more than it claims')
    const failed = { ...request('page', 1500), ...REFUSED }
    assert.deepEqual(check([failed, poll], [idleSince(0)], { allowsRefusals: true }), [], 'one that failed may have counted')
  })

  it('finds a session that outlives its absolute deadline', () => {
    const pages = Array.from({ length: 13 }, (_, second) => request('page', (second + 1) * 1000, { lastActivityMs: (second + 1) * 1000 }))
    assert.deepEqual(check(pages, [told(14_000, { reason: 'absolute', lastActivityMs: 13_000, endedAtMs: 12_000 })]), ['ended too late'])
  })

  it('finds an end that was told never, or twice without a cause', () => {
    assert.deepEqual(check([], []), ['told'])
    assert.deepEqual(check([], [idleSince(0), idleSince(0)]), ['told'])
    assert.deepEqual(check([], [idleSince(0), idleSince(0)], { mayBeToldAgain: () => true }), [])
    assert.deepEqual(check([], [], { mayBeToldAgain: () => true }), ['told'])
    assert.deepEqual(check([], [], { isForgiven: () => true }), [])
  })

  it('finds errors that are not our own 503, and requests without an answer', () => {
    const failed = (problem: Partial<Exchange>): Exchange => ({ ...request('page', 500), ...problem })
    const ends = [idleSince(0)]
    assert.deepEqual(check([failed(REFUSED)], ends), ['status'])
    assert.deepEqual(check([failed(REFUSED)], ends, { allowsRefusals: true }), [])
    assert.deepEqual(check([failed({ status: 500 })], ends, { allowsRefusals: true }), ['status'])
    assert.deepEqual(check([failed({ status: 503, code: 'ANOTHER' })], ends, { allowsRefusals: true }), ['status'])
    assert.deepEqual(check([failed({ status: 0 })], ends, { allowsRefusals: true }), ['status'])
    assert.deepEqual(check([failed({ status: 0 })], ends, { deadNodes: [1] }), [])
  })

  it('finds an edit that was answered and is gone', () => {
    const edit = (value: number, sentAtMs: number): Exchange => request('edit', sentAtMs, { lastActivityMs: 100 }, { edit: { field: 'a', value } })
    const read = (a?: number): Exchange => request('page', 300, { lastActivityMs: 100 }, { fields: { b: 7, ...(a === undefined ? {} : { a }) } })
    const other = request('edit', 50, { lastActivityMs: 55 }, { edit: { field: 'b', value: 7 } })
    const find = (...exchanges: Exchange[]): string[] => check([other, ...exchanges], [idleSince(100)], { allowsRefusals: true, throttleMs: 1000 })
    assert.deepEqual(find(edit(1, 100), read(1)), [])
    assert.deepEqual(find(edit(1, 100), read()), ['lost edit'])
    assert.deepEqual(find(edit(1, 100), edit(2, 200), read(1)), ['lost edit'])
    assert.deepEqual(find(edit(1, 100), edit(2, 305), read(1)), [], 'not while the next one is under way')
    assert.deepEqual(find({ ...edit(1, 100), ...REFUSED }, read()), [], 'not one that failed')
    assert.deepEqual(find({ ...edit(1, 100), ...REFUSED }, read(1)), [], 'and one that failed may have been done')
  })
})

/** The rules that are broken in the life of a session that was signed in to at 0, expires after 1.6 s and has a throttle of 0.2 s. */
function check (exchanges: Exchange[], told: Told[], rules: Partial<Rules> = {}): string[] {
  const signIn: Exchange = { ...request('sign-in', -10, { letIn: false, lastActivityMs: 0, startedAtMs: 0 }), receivedAtMs: 0 }
  const log: EventLog = { exchanges: [signIn, ...exchanges], told }
  const violations = findViolations(log, {
    expireAfterMs: 1600,
    absoluteTimeoutMs: 12_000,
    throttleMs: 200,
    allowsRefusals: false,
    deadNodes: [],
    mayBeToldAgain: () => false,
    isForgiven: () => false,
    ...rules
  })
  return violations.map(({ rule }) => rule)
}

/** Takes 10 ms. */
function request (kind: Exchange['kind'], sentAtMs: number, account: Partial<Account> = {}, more: Partial<Exchange> = {}): Exchange {
  return {
    kind, handle: 'h', node: 1, sentAtMs, receivedAtMs: sentAtMs + 10, status: 200, account: { handle: 'h', letIn: true, isStampLost: false, ...account }, ...more
  }
}

function turnedAway (kind: 'poll' | 'sign-out', sentAtMs: number): Exchange {
  return request(kind, sentAtMs, { letIn: kind === 'sign-out' })
}

function told (receivedAtMs: number, ended: Partial<EndedSession>): Told {
  return { node: 2, receivedAtMs, ended: { handle: 'h', reason: 'idle', startedAtMs: 0, lastActivityMs: 0, endedAtMs: 1600, ...ended } }
}

function idleSince (lastActivityMs: number): Told {
  return told(lastActivityMs + 1700, { lastActivityMs, endedAtMs: lastActivityMs + 1600 })
}
