import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EndedSession } from '../../src/index.ts'
import type { Rules } from './checker.ts'
import { findViolations } from './checker.ts'
import type { Account, EventLog, Exchange, Fields, Notification } from './events.ts'

const REFUSED = { status: 503, code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }

describe('the checker of the fleet', () => {
  it('has nothing to say of a session that was used, left alone, and notified', () => {
    assert.deepEqual(check([
      request('page', 500, { lastActivityMs: 510 }),
      request('ping', 1000, { lastActivityMs: 720 }, { idleForMs: 300 }),
      request('edit', 1200, { lastActivityMs: 1210 }, { edit: { field: 'a', value: 1 } }),
      request('poll', 1300, { lastActivityMs: 1210 }, { fields: { a: 1 } }),
      turnedAway('poll', 2900)
    ], [notified(3000, { lastActivityMs: 1210, endedAtMs: 2810 })]), [])
  })

  it('finds an activity that moved back', () => {
    const [first, second] = [
      request('page', 500, { lastActivityMs: 510 }), request('poll', 600, { lastActivityMs: 400 })
    ]
    assert.deepEqual(check([first, second], [idleSince(510)]), ['moved back'])
    const failed = { ...first, ...REFUSED }
    assert.deepEqual(
      check([failed, second], [idleSince(400)], { allowsRefusals: true }), [], 'not one that was never acknowledged'
    )
    const concurrent = { ...second, sentAtMs: 505 }
    assert.deepEqual(check([first, concurrent], [idleSince(510)]), [], 'not in two requests at once')
  })

  it('finds a session that is alive after its end: after a sign-out, a response, or onSessionEnd', () => {
    const late = request('poll', 1600, { lastActivityMs: 0 })
    assert.deepEqual(
      check([turnedAway('sign-out', 300), late], [notified(1700, { reason: 'logout', endedAtMs: 305 })]),
      ['alive after its end']
    )
    assert.deepEqual(
      check([turnedAway('poll', 1588), late], [notified(1700, { endedAtMs: 1600 })]), ['alive after its end']
    )
    assert.deepEqual(
      check(
        [request('ping', 1588, {}, { state: 'ended', idleForMs: 2000 }), late], [notified(1700, { endedAtMs: 1600 })]
      ),
      ['alive after its end']
    )
    assert.deepEqual(check([late], [notified(1599, { endedAtMs: 1600 })]), ['alive after its end'])
    assert.deepEqual(check([late], [idleSince(0)]), [])
  })

  it('finds an end that came before the deadline', () => {
    assert.deepEqual(check([], [notified(1500, { endedAtMs: 1500 })]), ['ended too early'])
    assert.deepEqual(
      check([request('page', 900, { lastActivityMs: 905 })], [idleSince(0)]), ['ended too early'],
      'acknowledged, but not counted'
    )
    assert.deepEqual(
      check([request('page', 900, { lastActivityMs: 600 })], [idleSince(600)]), ['ended too early'],
      'counted, but as an older one'
    )
    assert.deepEqual(
      check([turnedAway('poll', 700)], [idleSince(0)]), ['ended too early'], 'turned away while it was alive'
    )
    assert.deepEqual(
      check([turnedAway('sign-out', 700)], [notified(800, { reason: 'logout', endedAtMs: 300 })]), ['ended too early'],
      'before anybody signed out'
    )
    assert.deepEqual(
      check([], [notified(800, { reason: 'revoked', endedAtMs: 300 })]), ['ended too early'], 'for no reason'
    )
  })

  it('finds a session that outlives the last possible activity of its person', () => {
    const poll = request('poll', 1700, { lastActivityMs: 0 })
    assert.deepEqual(check([poll], [idleSince(0)]), ['ended too late'])
    const earlierPolls = [500, 1000, 1500].map(sentAtMs => request('poll', sentAtMs, { lastActivityMs: 0 }))
    assert.deepEqual(check([...earlierPolls, poll], [idleSince(0)]), ['ended too late'], 'polls extend nothing')
    const claim = request('ping', 1500, { lastActivityMs: 0 }, { idleForMs: 1490 })
    assert.deepEqual(check([claim, poll], [idleSince(0)]), ['ended too late'], 'a ping no more than it claims')
    const failed = { ...request('page', 1500), ...REFUSED }
    assert.deepEqual(
      check([failed, poll], [idleSince(0)], { allowsRefusals: true }), [], 'one that failed may have counted'
    )
    const signOut = request('sign-out', 1710, {})
    const end = [notified(1800, { reason: 'logout', lastActivityMs: 1505, endedAtMs: 1715 })]
    const upload = { ...turnedAway('poll', 1500), kind: 'upload' as const, receivedAtMs: 3000 }
    assert.deepEqual(check([upload, poll, signOut], end), [], 'one that was under way when the session ended did count')
    const later = { ...upload, sentAtMs: 1720 }
    assert.deepEqual(
      [...new Set(check([later, poll, signOut], end))], ['ended too late'], 'one that was sent after the end did not'
    )
  })

  it('finds a session that outlives its absolute deadline', () => {
    const pages = Array.from(
      { length: 13 }, (_, second) => request('page', (second + 1) * 1000, { lastActivityMs: (second + 1) * 1000 })
    )
    assert.deepEqual(
      check(pages, [notified(14_000, { reason: 'absolute', lastActivityMs: 13_000, endedAtMs: 12_000 })]),
      ['ended too late']
    )
  })

  it('finds an end that was notified never, or twice without a cause', () => {
    assert.deepEqual(check([], []), ['notified'])
    assert.deepEqual(check([], [idleSince(0), idleSince(0)]), ['notified'])
    assert.deepEqual(check([], [idleSince(0), idleSince(0)], { mayBeNotifiedAgain: () => true }), [])
    assert.deepEqual(check([], [], { mayBeNotifiedAgain: () => true }), ['notified'])
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
    const edit = (value: number, sentAtMs: number): Exchange =>
      request('edit', sentAtMs, { lastActivityMs: 100 }, { edit: { field: 'a', value } })
    const read = (a?: number): Exchange => request(
      'page', 300, { lastActivityMs: 100 }, { fields: { b: 7, ...(a === undefined ? {} : { a }) } }
    )
    const other = request('edit', 50, { lastActivityMs: 55 }, { edit: { field: 'b', value: 7 } })
    const find = (...exchanges: Exchange[]): string[] => check(
      [other, ...exchanges], [idleSince(100)], { allowsRefusals: true, throttleMs: 1000 }
    )
    assert.deepEqual(find(edit(1, 100), read(1)), [])
    assert.deepEqual(find(edit(1, 100), read()), ['lost edit'])
    assert.deepEqual(find(edit(1, 100), edit(2, 200), read(1)), ['lost edit'])
    assert.deepEqual(find(edit(1, 100), edit(2, 305), read(1)), [], 'not while the next one is under way')
    assert.deepEqual(find({ ...edit(1, 100), ...REFUSED }, read()), [], 'not one that failed')
    assert.deepEqual(find({ ...edit(1, 100), ...REFUSED }, read(1)), [], 'and one that failed may have been done')
  })

  it('finds a handler that gets a session which ended longer ago than the allowed delay', () => {
    const handler = (ranAtMs: number, handle = 'h'): Exchange => {
      return request('upload', 100, { handle, ranAtMs }, { handle, receivedAtMs: ranAtMs + 5, fields: {} })
    }
    const signOut = request('sign-out', 110)
    const loggedOut = notified(130, { reason: 'logout', endedAtMs: 115 })
    assert.deepEqual(check([signOut, handler(1116)], [loggedOut]), [])
    assert.deepEqual(check([signOut, handler(1200)], [loggedOut]), ['handler after the end'])
    assert.deepEqual(check([signOut, handler(1200)], [loggedOut], { freshForMs: 2000 }), [])
    const renewed = renewal('h', 102, 'next')
    const successorEnds = notified(130, { handle: 'next', reason: 'logout', lastActivityMs: 103, endedAtMs: 115 })
    assert.deepEqual(
      check([renewed, signOut, handler(1200)], [successorEnds]), ['handler after the end'], 'nor what it goes on as'
    )
    const another = [
      renewal('h', 103, 'other'), notified(1800, { handle: 'other', lastActivityMs: 103, endedAtMs: 1703 })
    ] as const
    assert.deepEqual(
      check([renewed, another[0], signOut, handler(1200)], [successorEnds, another[1]]), [], 'while one of those lives'
    )
  })

  it('finds a cookie line in an answer that neither began a session, signed in, renewed nor signed out', () => {
    for (const kind of ['page', 'poll', 'ping', 'edit', 'slow', 'upload'] as const) {
      for (const line of ['set', 'clear'] as const) {
        const late = request(kind, 100, { lastActivityMs: 100 }, { lines: [line] })
        assert.deepEqual(check([late], [idleSince(100)]), ['cookie line'], `${line} by ${kind}`)
      }
    }
    const dead = request('page', 2000, { letIn: false }, { lines: ['clear'] })
    assert.deepEqual(check([dead], [idleSince(0)]), ['cookie line'], 'not of a session that is over either')
    const refused = request('page', 100, {}, { ...REFUSED, lines: ['clear'] })
    assert.deepEqual(check([refused], [idleSince(0)], { allowsRefusals: true }), ['cookie line'])
    const failed = { ...signIn('other', 3000), ...REFUSED, account: undefinedAccount() }
    assert.deepEqual(
      check([failed], [idleSince(0)], { allowsRefusals: true }), ['cookie line'], 'nor by a sign-in that failed'
    )
  })

  it('finds a sign-in, a renewal or a sign-out without its cookie line, or with two', () => {
    const loggedOut = notified(340, { reason: 'logout', endedAtMs: 305 })
    const other = notified(5000, { handle: 'other', lastActivityMs: 3005, endedAtMs: 4605 })
    for (const lines of [[], ['clear'], ['set', 'set']] as const) {
      assert.deepEqual(
        check([{ ...signIn('other', 2995), lines }], [idleSince(0), other]), ['cookie line'], `sign-in: ${lines.join()}`
      )
      assert.deepEqual(
        check([{ ...renewal('h', 300, 'next'), lines }], [nextEnds()]), ['cookie line'], `renewal: ${lines.join()}`
      )
    }
    for (const lines of [[], ['set'], ['clear', 'clear']] as const) {
      assert.deepEqual(
        check([request('sign-out', 300, {}, { lines })], [loggedOut]), ['cookie line'], `sign-out: ${lines.join()}`
      )
    }
    assert.deepEqual(check([request('forget', 300, {}, { lines: [] })], [loggedOut]), ['cookie line'])
    assert.deepEqual(
      check([request('visit', 3000, { handle: 'v', letIn: false }, { handle: '' })], [idleSince(0)]), ['cookie line']
    )
  })

  it('allows a renewal without a cookie line if others have renewed the session as often as allowed', () => {
    const renewals = (count: number): Exchange[] =>
      Array.from({ length: count }, (_, index) => renewal('h', 300, `next ${index}`))
    const ends = (count: number): Notification[] => renewals(count).map(({ account }) => {
      return notified(2000, { handle: account?.began ?? '', lastActivityMs: 303, endedAtMs: 1903 })
    })
    const joining = request('renew', 301, { handle: 'next 0', lastActivityMs: 303 })
    assert.deepEqual(check([...renewals(4), joining], ends(4)), [])
    assert.deepEqual(
      check([...renewals(4), { ...renewal('h', 301, 'next 0'), lines: [] }], ends(4)), [], 'that saved by itself'
    )
    assert.deepEqual(check([...renewals(3), joining], ends(3)), ['cookie line'], 'not where there is room for one more')
    const before = request('renew', 200, { lastActivityMs: 203 })
    assert.deepEqual(check([before, ...renewals(4)], ends(4)), ['cookie line'], 'nor before they did')
  })

  it('finds the cookie line of a renewal whose session has ended meanwhile', () => {
    const slow = (leftAtMs: number): Exchange => ({
      ...renewal('h', 300, 'next', { leftAtMs }), receivedAtMs: leftAtMs
    })
    const ended = notified(340, { handle: 'next', reason: 'logout', lastActivityMs: 300, endedAtMs: 330 })
    const signOut = request('sign-out', 325)
    assert.deepEqual(check([slow(1300), signOut], [ended]), [])
    assert.deepEqual(check([slow(1400), signOut], [ended]), ['cookie line'])
    const refused = request('renew', 285, {}, { lines: ['set'] })
    const loggedOut = notified(340, { reason: 'logout', endedAtMs: 295 })
    assert.deepEqual(
      check([request('sign-out', 290), refused], [loggedOut]), ['cookie line'], 'and of one that could not be renewed'
    )
  })

  it('finds a list that does not agree with the latest sign-ins', () => {
    const list = (user: string, rows: Array<{ handle: string, user?: string }>): Exchange => {
      return { ...request('list', 20, {}, { handle: '', listing: { user, rows } }), account: undefinedAccount() }
    }
    const ada = { handle: 'h', user: 'ada' }
    assert.deepEqual(check([list('ada', [ada])], [idleSince(0)]), [])
    assert.deepEqual(check([list('ada', [])], [idleSince(0)]), ['list'], 'a session is missing')
    assert.deepEqual(
      check([list('ada', []), request('sign-out', 25)], [notified(40, { reason: 'logout', endedAtMs: 29 })]), [],
      'not one that was being ended'
    )
    assert.deepEqual(check([list('bob', [ada])], [idleSince(0)]), ['list'], 'of another user')
    assert.deepEqual(
      check([list('bob', [{ handle: 'h', user: 'bob' }])], [idleSince(0)]), ['list'], 'listed for another user'
    )
    assert.deepEqual(check([list('ada', [ada, { handle: 'x' }])], [idleSince(0)]), ['list'], 'nobody\'s')
    const signOut = request('sign-out', 0)
    assert.deepEqual(
      check([signOut, list('ada', [ada])], [notified(14, { reason: 'logout', endedAtMs: 5 })]),
      ['list'], 'one that is over'
    )
    const renewed = renewal('h', 5, 'next')
    const next = { handle: 'next', user: 'ada' }
    assert.deepEqual(check([renewed, list('ada', [next])], [nextEnds(5)]), [])
    assert.deepEqual(check([renewed, list('ada', [ada, next])], [nextEnds(5)]), ['list'], 'one that was renewed')
  })

  it('has nothing to say of a session that is renewed, also twice at once, and used under its new id', () => {
    assert.deepEqual(check([
      request('edit', 100, { lastActivityMs: 105 }, { edit: { field: 'a', value: 1 } }),
      renewal('h', 300, 'next', {}, { fields: { a: 1 } }),
      renewal('h', 301, 'other', {}, { fields: { a: 1 } }),
      turnedAway('poll', 320),
      request('page', 400, { handle: 'other', lastActivityMs: 405 }, { handle: 'other', fields: { a: 1 } }),
      signOutOf('other', 500)
    ], [nextEnds(), notified(520, { handle: 'other', reason: 'logout', lastActivityMs: 405, endedAtMs: 505 })]), [])
  })

  it('finds an activity that moved back, and an absolute deadline that was put off, by a renewal', () => {
    const before = request('page', 250, { lastActivityMs: 255 })
    const after = request('poll', 400, { handle: 'next', lastActivityMs: 200 }, { handle: 'next' })
    assert.deepEqual(
      check([before, renewal('h', 240, 'next', { lastActivityMs: 200 }), after], [nextEnds(200)]), ['moved back']
    )
    const restarted = notified(
      12_400, { handle: 'next', reason: 'absolute', startedAtMs: 300, lastActivityMs: 11_000, endedAtMs: 12_300 }
    )
    assert.deepEqual(check([renewal('h', 300, 'next')], [restarted]), ['ended too early'])
    const pages = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.2].map(second => {
      return request('page', second * 1000, { handle: 'next', lastActivityMs: second * 1000 }, { handle: 'next' })
    })
    const ends = notified(14_000, { handle: 'next', reason: 'absolute', lastActivityMs: 12_200, endedAtMs: 12_000 })
    assert.deepEqual(check([renewal('h', 300, 'next'), ...pages], [ends]), ['ended too late'])
  })

  it('counts the activity of a session for its successors, and not the other way round', () => {
    const poll = (sentAtMs: number, lastActivityMs: number): Exchange => {
      return request('poll', sentAtMs, { handle: 'next', lastActivityMs }, { handle: 'next' })
    }
    assert.deepEqual(check([renewal('h', 1500, 'next'), poll(1700, 1500)], [nextEnds(1500)]), [])
    const page = request('page', 1500, { handle: 'other', lastActivityMs: 1500 }, { handle: 'other' })
    const otherEnds = notified(3200, { handle: 'other', lastActivityMs: 1500, endedAtMs: 3100 })
    const both = [renewal('h', 300, 'next'), renewal('h', 301, 'other'), page, poll(1950, 300)]
    assert.deepEqual(check(both, [nextEnds(), otherEnds]), ['ended too late'])
  })

  it('finds a session that a node lets in under its id from before a renewal, or after a log-out with that id', () => {
    const renewed = renewal('h', 300, 'next')
    const late = request('poll', 400, { lastActivityMs: 300 })
    assert.deepEqual(check([renewed, late], [nextEnds()]), ['alive after its end'])
    const loggedOut = notified(420, { handle: 'next', reason: 'logout', lastActivityMs: 300, endedAtMs: 355 })
    const signOut = request('sign-out', 350, { letIn: false })
    assert.deepEqual(check([renewed, signOut], [loggedOut]), [])
    const poll = request('poll', 400, { handle: 'next', lastActivityMs: 300 }, { handle: 'next' })
    assert.deepEqual(check([renewed, signOut, poll], [loggedOut]), ['alive after its end'])
  })

  it('knows that a sign-out ends the twin of its session, and no session of another sign-in', () => {
    const both = [renewal('h', 300, 'next'), renewal('h', 301, 'other'), signOutOf('other', 400)]
    const logout = { reason: 'logout', endedAtMs: 405 } as const
    const next = notified(430, { ...logout, handle: 'next', lastActivityMs: 300 })
    const other = notified(430, { ...logout, handle: 'other', lastActivityMs: 301 })
    assert.deepEqual(check(both, [next, other]), [])
    assert.deepEqual(
      check(
        [signIn('s', 200), signOutOf('s', 400)],
        [notified(430, logout), notified(430, { ...logout, handle: 's', startedAtMs: 210, lastActivityMs: 210 })]
      ),
      ['ended too early']
    )
  })

  it('finds a notified end of a session that goes on, is anonymous, or never began', () => {
    const logout = notified(340, { reason: 'logout', lastActivityMs: 0, endedAtMs: 305 })
    assert.deepEqual(check([renewal('h', 300, 'next'), request('sign-out', 301)], [nextEnds(), logout]), ['notified'])
    assert.deepEqual(check([renewal('h', 300, 'next')], []), ['notified'], 'nor does a renewal hide the end')
    assert.deepEqual(check([visit('v', 2000)], [idleSince(0), notified(2100, { handle: 'v' })]), ['notified'])
    const stranger = notified(2100, { handle: 'x' })
    assert.deepEqual(check([], [idleSince(0), stranger]), ['notified'])
    assert.deepEqual(check([], [idleSince(0), stranger], { allowsRefusals: true }), [], 'unless its answer was lost')
    const lost = { ...renewal('h', 300, 'next'), ...REFUSED, lines: [], account: undefinedAccount() }
    assert.deepEqual(
      check([lost, turnedAway('poll', 400)], [], { allowsRefusals: true }), [],
      'then it may go on under an id that nobody knows'
    )
  })

  it('finds an edit that a renewal lost, and lets a renewal write the contents that it loaded', () => {
    const edit = (sentAtMs: number, receivedAtMs: number, waitMs = 0, value = 1): Exchange => {
      return {
        ...request('edit', sentAtMs, { lastActivityMs: sentAtMs }, { edit: { field: 'a', value }, waitMs }),
        receivedAtMs
      }
    }
    const renewed = renewal('h', 300, 'next', {}, { fields: {} })
    const read = (a?: number): Exchange => {
      return request(
        'poll', 600, { handle: 'next', lastActivityMs: 300 }, { handle: 'next', fields: a === undefined ? {} : { a } }
      )
    }
    const find = (...exchanges: Exchange[]): string[] => check(exchanges, [nextEnds()])
    assert.deepEqual(find(edit(100, 110), { ...renewed, fields: { a: 1 } }, read()), ['lost edit'])
    assert.deepEqual(find(edit(100, 110), renewed, read()), ['lost edit'], 'the renewal did not find it')
    assert.deepEqual(find(edit(295, 305), renewed, read()), [], 'not one at the same time')
    assert.deepEqual(find(edit(295, 305), renewed, read(1)), [])
    assert.deepEqual(find(edit(295, 500, 150), renewed, read(1)), [])
    assert.deepEqual(
      find(edit(295, 500, 150), renewed, read()), ['lost edit'], 'it was written when the session went on as another'
    )
    const other = [
      renewal('h', 301, 'other'), notified(2000, { handle: 'other', lastActivityMs: 301, endedAtMs: 1901 })
    ] as const
    const both = check([edit(295, 500, 150), renewed, other[0], read()], [nextEnds(), other[1]])
    assert.deepEqual(both, [], 'or as one of two')
    assert.deepEqual(
      find(edit(100, 110), edit(120, 130, 0, 2), { ...renewed, fields: { a: 2 } }, read(1)), ['lost edit']
    )
    assert.deepEqual(find(renewed, read(7)), ['lost edit'], 'and nobody wrote that')
  })

  it('finds a sign-in under an old id, and an anonymous session that is let in', () => {
    const [visited, over] = [visit('v', 2000), signIn('s', 2050, {}, { handle: 'v', fields: { a: 5 } })]
    const ends = [idleSince(0), notified(4000, { handle: 's', lastActivityMs: 2060, endedAtMs: 3660 })]
    const poll = request('poll', 2100, { handle: 'v', letIn: false }, { handle: 'v', fields: {} })
    assert.deepEqual(check([visited, over, poll], ends), [])
    assert.deepEqual(
      check([visited, over, request('poll', 2055, { handle: 'v' }, { handle: 'v' })], ends),
      ['signed in under an old id']
    )
    const same = request(
      'sign-in', 2050, { handle: 'v', letIn: false, lastActivityMs: 2060 },
      { handle: 'v', lines: ['set'], fields: { a: 5 } }
    )
    assert.deepEqual(check([visited, same], [idleSince(0)]), ['signed in under an old id'])
  })

  it('finds contents of an anonymous session that a sign-in lost or gave to another user', () => {
    const ends = [idleSince(0), notified(4000, { handle: 's', lastActivityMs: 2060, endedAtMs: 3660 })]
    const empty = signIn('s', 2050, {}, { handle: 'v', fields: {} })
    assert.deepEqual(check([visit('v', 2000), empty], ends), ['lost edit'], 'not found by the sign-in')
    const kept = { ...empty, fields: { a: 5 } }
    const read = (fields: Fields): Exchange =>
      request('poll', 2100, { handle: 's', lastActivityMs: 2060 }, { handle: 's', fields })
    assert.deepEqual(check([visit('v', 2000), kept, read({ a: 5 })], ends), [])
    assert.deepEqual(check([visit('v', 2000), kept, read({})], ends), ['lost edit'], 'not taken along')
    const second = signIn('t', 2200, {}, { handle: 'v', fields: {} })
    const secondEnds = notified(4000, { handle: 't', lastActivityMs: 2210, endedAtMs: 3810 })
    assert.deepEqual(check([visit('v', 2000), kept, second], [...ends, secondEnds]), [], 'once')
    const failed = { ...signIn('x', 2020, {}, { handle: 'v' }), ...REFUSED, lines: [], account: undefinedAccount() }
    assert.deepEqual(
      check([visit('v', 2000), failed, empty], ends, { allowsRefusals: true }), [], 'perhaps by one that failed'
    )

    const edit = request('edit', 100, { lastActivityMs: 105 }, { edit: { field: 'a', value: 5 } })
    const other = signIn('s', 300, { letIn: true, user: 'bob' }, { handle: 'h', fields: { a: 5 } })
    const otherEnds = [
      notified(330, { reason: 'logout', lastActivityMs: 105, endedAtMs: 305 }),
      notified(2000, { handle: 's', startedAtMs: 310, lastActivityMs: 310, endedAtMs: 1910 })
    ]
    const found = (fields: Fields): Exchange =>
      request('poll', 400, { handle: 's', lastActivityMs: 310 }, { handle: 's', fields })
    assert.deepEqual(check([edit, other, found({})], otherEnds), [])
    assert.deepEqual(check([edit, other, found({ a: 5 })], otherEnds), ['lost edit'], 'given to another user')
  })

  it('finds a session that is let in after another user signed in over it, or after its user was deleted', () => {
    const late = request('poll', 400, { lastActivityMs: 0 })
    const loggedOut = notified(500, { reason: 'logout', endedAtMs: 305 })
    const other = signIn('s', 300, { letIn: true, user: 'bob' }, { handle: 'h' })
    const otherEnds = notified(2000, { handle: 's', startedAtMs: 310, lastActivityMs: 310, endedAtMs: 1910 })
    assert.deepEqual(check([other], [loggedOut, otherEnds]), [])
    assert.deepEqual(check([other, late], [loggedOut, otherEnds]), ['alive after its end'])
    assert.deepEqual(check([other], [otherEnds]), ['notified'], 'and one whose end was not notified')
    assert.deepEqual(check([other], [idleSince(0), otherEnds]), ['ended too late'], 'or that is left to its deadline')
    const forget = request('forget', 300, { handle: 'v', began: 'v' }, { lines: ['set'], fields: {} })
    assert.deepEqual(check([forget], [loggedOut]), [])
    assert.deepEqual(check([forget, late], [loggedOut]), ['alive after its end'])
    assert.deepEqual(check([forget], []), ['notified'])
    assert.deepEqual(check([forget], [idleSince(0)]), ['ended too late'])
    assert.deepEqual(check([request('sign-out', 300)], [idleSince(0)]), ['ended too late'])
  })
})

/**
 * Returns the broken rules in the life of one session of Ada's. It was signed in to at 0, expires after 1.6 s and has a
 * throttle of 0.2 s.
 */
function check (
  exchanges: readonly Exchange[], notified: readonly Notification[], rules: Partial<Rules> = {}
): string[] {
  const first = signIn('h', -10, { lastActivityMs: 0, startedAtMs: 0 })
  const log: EventLog = { exchanges: [first, ...exchanges], notified }
  const violations = findViolations(log, {
    expireAfterMs: 1600,
    absoluteTimeoutMs: 12_000,
    throttleMs: 200,
    freshForMs: 1000,
    allowsRefusals: false,
    deadNodes: [],
    mayBeNotifiedAgain: () => false,
    isForgiven: () => false,
    ...rules
  })
  return violations.map(({ rule }) => rule)
}

/** Takes 10 ms. */
function request (
  kind: Exchange['kind'], sentAtMs: number, account: Partial<Account> = {}, more: Partial<Exchange> = {}
): Exchange {
  return {
    kind,
    handle: 'h',
    node: 1,
    sentAtMs,
    receivedAtMs: sentAtMs + 10,
    status: 200,
    lines: kind === 'sign-out' ? ['clear'] : [],
    account: { handle: 'h', letIn: true, ...account },
    ...more
  }
}

function turnedAway (kind: 'poll' | 'sign-out', sentAtMs: number): Exchange {
  return request(kind, sentAtMs, { letIn: kind === 'sign-out' })
}

/** Nobody was signed in before. */
function signIn (
  began: string, sentAtMs: number, account: Partial<Account> = {}, more: Partial<Exchange> = {}
): Exchange {
  const found = {
    handle: began,
    began,
    letIn: false,
    user: 'ada',
    startedAtMs: sentAtMs + 10,
    lastActivityMs: sentAtMs + 10,
    ...account
  }
  return request('sign-in', sentAtMs, found, { handle: '', lines: ['set'], ...more })
}

/** Of an activity at 300. */
function renewal (
  handle: string, sentAtMs: number, began: string, account: Partial<Account> = {}, more: Partial<Exchange> = {}
): Exchange {
  const found = { handle: began, began, user: 'ada', startedAtMs: 0, lastActivityMs: Math.max(sentAtMs, 0), ...account }
  return request('renew', sentAtMs, found, { handle, lines: ['set'], ...more })
}

function visit (began: string, sentAtMs: number): Exchange {
  return request(
    'visit', sentAtMs, { handle: began, began, letIn: false },
    { handle: '', lines: ['set'], edit: { field: 'a', value: 5 } }
  )
}

function signOutOf (handle: string, sentAtMs: number): Exchange {
  return request('sign-out', sentAtMs, { handle }, { handle })
}

/** A request that did not come so far. */
function undefinedAccount (): Account {
  return { handle: null, letIn: false }
}

function notified (receivedAtMs: number, ended: Partial<EndedSession>): Notification {
  return {
    node: 2,
    receivedAtMs,
    ended: { handle: 'h', reason: 'idle', startedAtMs: 0, lastActivityMs: 0, endedAtMs: 1600, ...ended }
  }
}

function idleSince (lastActivityMs: number): Notification {
  return notified(lastActivityMs + 1700, { lastActivityMs, endedAtMs: lastActivityMs + 1600 })
}

function nextEnds (lastActivityMs = 300): Notification {
  return notified(lastActivityMs + 1700, { handle: 'next', lastActivityMs, endedAtMs: lastActivityMs + 1600 })
}
