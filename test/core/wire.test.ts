import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { mergeActivity, stateOf, startRecord } from '../../src/core/policy.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { endedView, viewOf } from '../../src/core/view.ts'
import { answerOf, parsePing, parsePingAsDjango, toSecondsFormat } from '../../src/core/wire.ts'
import { recordsInTime } from './generators.ts'

const NOW = Date.UTC(2026, 0, 15, 12)

/** Numbers in JSON, in a query string and in text, and much that comes close. */
const nearNumbers = fc.oneof(
  fc.double(), fc.integer(), fc.double().map(String), fc.integer().map(String), fc.maxSafeNat().map(String),
  fc.string({ unit: fc.constantFrom('0', '1', '9', '.', 'e', 'E', '+', '-', ' ', 'x', '_', ',', '\n'), maxLength: 12 })
)

describe('parsePing', () => {
  test('without idleFor a ping only reads', () => {
    assert.deepEqual(parsePing(undefined, true), { kind: 'read' })
  })

  const good: [unknown, number][] = [
    [0, 0], [12, 12_000], [12.3456, 12_346], [0.0001, 0], ['0', 0], ['12', 12_000], ['12.5', 12_500], [
      '1e3', 1_000_000
    ], [
      '1E+3', 1_000_000
    ], ['5e-1', 500],
    ['007', 7000], [86_405, 86_405_000], [
      '4294967296', 4_294_967_296_000
    ], [2 ** 31 / 1000, 2 ** 31], [2 ** 32 / 1000, 2 ** 32]
  ]
  for (const [idleFor, idleForMs] of good) {
    test(`${JSON.stringify(idleFor)} claims ${idleForMs} ms of idle time`, () => {
      assert.deepEqual(parsePing(idleFor, true), { kind: 'claim', idleForMs })
    })
  }

  const bad: unknown[] = [
    'abc', '-1', 'Infinity', '-Infinity', 'NaN', '1e400', '', ' ', ' 12', '12 ', '12\n', '0x10', '0b1', '0o7',
    '1_000', '1,5', '.5', '5.', '+1', '--1', '1e', 'e3',
    '12abc', '1.2.3', '１２', 'null', 'undefined', 'true', '[]', '"1"',
    null, true, false, [], ['1'], [12], ['1', '2'], {}, {
      idleFor: 12
    }, -1, -0.001, NaN, Infinity, -Infinity, 1n, Symbol('1'), () => 1, new Date(0), Object(5), Object('5')
  ]
  for (const idleFor of bad) {
    const text = typeof idleFor === 'string' ? JSON.stringify(idleFor) : String(idleFor)
    test(`${text} of type ${typeof idleFor} is bad, and named as received`, () => {
      const ping = parsePing(idleFor, true)
      assert.ok(ping.kind === 'bad')
      assert.equal(ping.received, idleFor)
    })
  }

  test('a text is a number in a query only, and a number is one in JSON too', () => {
    for (const [idleFor, kind] of [['0', 'bad'], ['12', 'bad'], [12, 'claim']] as const) {
      assert.equal(parsePing(idleFor, false).kind, kind)
    }
  })

  test('an object that would turn into a number is not asked to', () => {
    const idleFor = {
      valueOf: () => assert.fail('was asked'),
      toString: () => assert.fail('was asked'),
      toJSON: () => assert.fail('was asked')
    }
    assert.equal(parsePing(idleFor, true).kind, 'bad')
  })

  test('anything at all is read, claims a finite time of 0 or more, or is bad: it never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), nearNumbers), idleFor => {
      const ping = parsePing(idleFor, true)
      if (ping.kind === 'claim') assert.ok(Number.isSafeInteger(ping.idleForMs) && ping.idleForMs >= 0)
      else assert.equal(ping.kind, idleFor === undefined ? 'read' : 'bad')
    }), { numRuns: 5000 })
  })

  test('exactly the finite numbers of 0 or more, and their decimal spellings, are claims', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), nearNumbers), idleFor => {
      const isClaim = typeof idleFor === 'number'
        ? idleFor >= 0 && idleFor < Infinity
        : typeof idleFor === 'string' && /^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(idleFor) &&
          Number(idleFor) < Infinity
      assert.equal(parsePing(idleFor, true).kind === 'claim', isClaim)
    }), { numRuns: 5000 })
  })

  test('a number and its text claim the same', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1e20, noNaN: true })
      .filter(seconds => !Object.is(seconds, -0)), seconds => {
      assert.deepEqual(parsePing(String(seconds), true), parsePing(seconds, true))
    }))
  })

  test('a claim of any size leaves a moment that can be merged', () => {
    fc.assert(fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), seconds => {
      const ping = parsePing(seconds, true)
      assert.ok(ping.kind === 'claim')
      assert.equal(mergeActivity(NOW - 5000, NOW - ping.idleForMs, NOW), Math.max(NOW - 5000, NOW - ping.idleForMs))
    }))
  })

  test('a very long text is refused or read without going astray', () => {
    assert.equal(parsePing('9'.repeat(100_000), true).kind, 'bad')
    assert.equal(parsePing(`${'1'.repeat(100_000)}x`, true).kind, 'bad')
    assert.deepEqual(parsePing(`0.${'0'.repeat(100_000)}1`, true), { kind: 'claim', idleForMs: 0 })
  })
})

describe('parsePingAsDjango', () => {
  const good: [unknown, number][] = [
    ['0', 0], ['12', 12_000], [12, 12_000], ['+12', 12_000], [' 12 ', 12_000], ['12\n', 12_000], ['007', 7000], [
      '86405', 86_405_000
    ], [
      '4294967296', 4_294_967_296_000
    ]
  ]
  for (const [idleFor, idleForMs] of good) {
    test(`${JSON.stringify(idleFor)} claims ${idleForMs} ms of idle time`, () => {
      assert.deepEqual(parsePingAsDjango(idleFor), { kind: 'claim', idleForMs })
    })
  }

  for (const idleFor of ['-1', -1, '-86400', '-0', -0, ` -${'9'.repeat(400)} `]) {
    test(`a negative number is no idle time: ${JSON.stringify(idleFor).slice(0, 20)}`, () => {
      assert.deepEqual(parsePingAsDjango(idleFor), { kind: 'claim', idleForMs: 0 })
    })
  }

  const ignored: unknown[] = [
    undefined, null, '', ' ', 'abc', '1.5', 1.5, '1e3', '0x10', '--1', '+', 'Infinity', Infinity, -Infinity,
    NaN, true, false, [], ['1'], [1], {}, 1n, Symbol('1'), 1e21
  ]
  for (const idleFor of ignored) {
    const text = typeof idleFor === 'string' ? JSON.stringify(idleFor) : String(idleFor)
    test(`${text} of type ${typeof idleFor} is no integer, so the ping only reads`, () => {
      assert.deepEqual(parsePingAsDjango(idleFor), { kind: 'read' })
    })
  }

  test('anything at all is read or claims a time of 0 or more: nothing is bad, and it never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), nearNumbers), idleFor => {
      const ping = parsePingAsDjango(idleFor)
      if (ping.kind === 'claim') assert.ok(Number.isSafeInteger(ping.idleForMs) && ping.idleForMs >= 0)
      else assert.equal(ping.kind, 'read')
    }), { numRuns: 5000 })
  })

  test('an integer too large to count is cut, not ignored', () => {
    const ping = parsePingAsDjango('9'.repeat(400))
    assert.ok(ping.kind === 'claim')
    assert.ok(Number.isSafeInteger(ping.idleForMs) && ping.idleForMs > 2 ** 52)
  })

  test('a whole number of seconds claims the same in both formats', () => {
    fc.assert(fc.property(fc.nat(2 ** 31 - 1), seconds => {
      assert.deepEqual(parsePingAsDjango(seconds), parsePing(seconds, true))
      assert.deepEqual(parsePingAsDjango(String(seconds)), parsePing(seconds, true))
    }))
  })
})

describe('toSecondsFormat', () => {
  test('a session that is alive answers whole idle seconds, rounded down', () => {
    const record = startRecord({ isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: false }, NOW)
    assert.equal(toSecondsFormat(viewOf(record, NOW)), 0)
    assert.equal(toSecondsFormat(viewOf(record, NOW + 999)), 0)
    assert.equal(toSecondsFormat(viewOf(record, NOW + 9999)), 9)
  })

  test('every end answers "logout", whatever the reason', () => {
    for (const reason of ['idle', 'absolute', 'logout', 'revoked', 'displaced', 'none'] as const) {
      assert.equal(toSecondsFormat(endedView(reason)), 'logout')
    }
  })

  test('the answer is an integer of 0 or more, or "logout"', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const answer = toSecondsFormat(viewOf(record, nowMs))
      assert.ok(answer === 'logout' || (Number.isSafeInteger(answer) && answer >= 0))
    }))
  })
})

describe('a ping in the format of django-session-security', () => {
  /** Answers a ping in the server's order: expiry, claim, answer. The expiry counts by the server's own knowledge. */
  function answerTo (idleFor: unknown, record: SessionRecord, nowMs: number): number | 'logout' {
    const ping = parsePingAsDjango(idleFor)
    if (stateOf(record, nowMs).state === 'ended' || ping.kind !== 'claim') {
      return toSecondsFormat(viewOf(record, nowMs))
    }
    const lastActivityMs = mergeActivity(record.lastActivityMs, nowMs - ping.idleForMs, nowMs)
    return toSecondsFormat(viewOf({ ...record, lastActivityMs }, nowMs))
  }

  function leftFor (seconds: number): SessionRecord {
    return startRecord(
      { isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: 43_200 }, NOW - seconds * 1000
    )
  }

  // The table comes from its test_views.py, with WARN_AFTER 5 and EXPIRE_AFTER 10.
  const table: [number, number, number | 'logout'][] = [[1, 4, 1], [3, 2, 2], [5, 5, 5], [12, 14, 'logout']]
  for (const [server, client, answer] of table) {
    test(`a server that saw activity ${server} s ago, told of ${client} s, answers ${answer}`, () => {
      assert.equal(answerTo(String(client), leftFor(server), NOW), answer)
    })
  }

  test('a late claim brings nobody back', () => {
    assert.equal(answerTo('0', leftFor(10), NOW), 'logout')
    assert.equal(answerTo('0', leftFor(9.999), NOW), 0)
  })

  test('a claim that is no integer is answered with what the server knows', () => {
    assert.equal(answerTo('abc', leftFor(3), NOW), 3)
    assert.equal(answerTo(undefined, leftFor(3), NOW), 3)
  })

  test('a negative claim is an activity now', () => {
    assert.equal(answerTo('-100', leftFor(3), NOW), 0)
  })

  test('an anonymous user is answered "logout"', () => {
    assert.equal(toSecondsFormat(endedView('none')), 'logout')
  })

  test('a server that saw activity just over a day ago answers "logout", not a few seconds', () => {
    assert.equal(answerTo('86401', leftFor(86_401), NOW), 'logout')
  })
})

describe('answerOf', () => {
  const alive = {
    state: 'active',
    idleFor: 12,
    warnAfter: 540,
    expireAfter: 600,
    warnsIn: 528,
    expiresIn: 588,
    extendable: true,
    endsBy: 'idle'
  } as const

  test('a session that is alive has its names', () => {
    assert.deepEqual(
      answerOf({ ...alive, other: 1 } as typeof alive, 'a tag', 'a key'), { ...alive, tag: 'a tag', user: 'a key' }
    )
  })

  test('names that are not known are absent, and one that is over has none', () => {
    assert.deepEqual(answerOf(alive, null), alive)
    assert.deepEqual(answerOf(alive), alive)
    const over = { state: 'ended', reason: 'idle' } as const
    assert.deepEqual(answerOf(over, 'a tag', 'a key'), over)
  })
})
