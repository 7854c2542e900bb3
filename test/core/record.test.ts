import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MAX_SECONDS } from '../../src/core/clock.ts'
import { deadlineMs } from '../../src/core/policy.ts'
import type { EncodedRecord, SessionRecord } from '../../src/core/record.ts'
import { decodeRecord, encodeRecord } from '../../src/core/record.ts'
import { records } from './generators.ts'

const RECORD: SessionRecord = {
  isAuthenticated: true,
  startedAtMs: 1_768_478_400_000,
  lastActivityMs: 1_768_478_460_000,
  warnAfter: 540,
  expireAfter: 600,
  absoluteTimeout: 43_200
}

const ENCODED: EncodedRecord = {
  v: 1,
  startedAtMs: 1_768_478_400_000,
  lastActivityMs: 1_768_478_460_000,
  warnAfter: 540,
  expireAfter: 600,
  absoluteTimeout: 43_200
}

describe('encodeRecord', () => {
  test('the stored form is plain data with a version', () => {
    assert.deepEqual(encodeRecord(RECORD), ENCODED)
  })

  test('nothing but the stored fields is written, whatever else the record carries', () => {
    assert.deepEqual(encodeRecord(Object.assign({}, RECORD, { sessionId: 'secret' })), ENCODED)
  })
})

describe('decodeRecord', () => {
  test('a record comes back as it was written', () => {
    fc.assert(fc.property(records, record => {
      assert.deepEqual(decodeRecord(encodeRecord(record)), record)
    }))
  })

  test('a record comes back from JSON as it was written', () => {
    fc.assert(fc.property(records, record => {
      assert.deepEqual(decodeRecord(JSON.parse(JSON.stringify(encodeRecord(record)))), record)
    }))
  })

  test('a record without an absolute timeout comes back without one', () => {
    assert.deepEqual(decodeRecord({ ...ENCODED, absoluteTimeout: false }), { ...RECORD, absoluteTimeout: false })
  })

  test('fields that it does not know are left behind', () => {
    assert.deepEqual(decodeRecord({ ...ENCODED, isAuthenticated: false, admin: true }), RECORD)
  })

  test('anything at all is either read as a usable record or refused, and never throws', () => {
    fc.assert(fc.property(fc.anything(), value => {
      const record = decodeRecord(value)
      if (record !== null) assert.ok(Number.isFinite(deadlineMs(record)))
    }), { numRuns: 2000 })
  })

  test('a stored form with anything in one field is either read as a usable record or refused', () => {
    const damaged = fc.record({
      field: fc.constantFrom(...Object.keys(ENCODED)), value: fc.oneof(fc.double(), fc.anything())
    })
    fc.assert(fc.property(damaged, ({ field, value }) => {
      const record = decodeRecord({ ...ENCODED, [field]: value })
      if (record === null) return
      for (const time of [record.startedAtMs, record.lastActivityMs]) assert.ok(Number.isSafeInteger(time) && time >= 0)
      for (const seconds of [record.warnAfter, record.expireAfter]) assert.ok(seconds > 0 && seconds <= MAX_SECONDS)
      assert.ok(
        record.absoluteTimeout === false || (record.absoluteTimeout > 0 && record.absoluteTimeout <= MAX_SECONDS)
      )
    }), { numRuns: 2000 })
  })

  for (const value of [
    undefined, null, false, true, 0, 1, '', '{"v":1}', Symbol('record'), 1n, [], {}, [ENCODED], () => ENCODED
  ]) {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    test(`${text} of type ${typeof value} is no record`, () => {
      assert.equal(decodeRecord(value), null)
    })
  }

  for (const v of [undefined, null, 0, 2, 1.5, '1', true, NaN]) {
    test(`a record of version ${JSON.stringify(v)} (${typeof v}) is foreign`, () => {
      assert.equal(decodeRecord({ ...ENCODED, v }), null)
    })
  }

  const notTimes = [
    undefined, null, '1768478400000', '', true, NaN, Infinity, -Infinity, -1, 0.5, 1_768_478_400_000.25, 2 ** 53, 1n,
    {}, [1], new Date(0)
  ]
  for (const field of ['startedAtMs', 'lastActivityMs']) {
    for (const value of notTimes) {
      test(`${String(value)} of type ${typeof value} is no ${field}`, () => {
        assert.equal(decodeRecord({ ...ENCODED, [field]: value }), null)
      })
    }
  }

  const notSeconds = [undefined, null, '600', '', true, NaN, Infinity, -Infinity, -1, 0, MAX_SECONDS + 1, 1n, {}, [600]]
  for (const field of ['warnAfter', 'expireAfter', 'absoluteTimeout']) {
    for (const value of notSeconds) {
      test(`${String(value)} of type ${typeof value} is no ${field}`, () => {
        assert.equal(decodeRecord({ ...ENCODED, [field]: value }), null)
      })
    }
  }

  for (const field of ['warnAfter', 'expireAfter']) {
    test(`false is no ${field}: only the absolute timeout can be switched off`, () => {
      assert.equal(decodeRecord({ ...ENCODED, [field]: false }), null)
    })
  }

  for (const field of Object.keys(ENCODED)) {
    test(`a record without ${field} is refused`, () => {
      const rest = Object.fromEntries(Object.entries(ENCODED).filter(([key]) => key !== field))
      assert.equal(decodeRecord(rest), null)
    })
  }

  test('fields under a JSON key "__proto__" are not taken for the record\'s own', () => {
    assert.equal(decodeRecord(JSON.parse(`{"__proto__":${JSON.stringify(ENCODED)}}`)), null)
  })

  test('a JSON key "__proto__" overrides nothing and does not come along', () => {
    const text = `{"__proto__":{"expireAfter":1e9,"admin":true},${JSON.stringify(ENCODED).slice(1)}`
    const record = decodeRecord(JSON.parse(text))
    assert.deepEqual(record, RECORD)
    assert.equal(record === null ? null : Reflect.get(record, 'admin'), undefined)
    assert.equal(Reflect.get({}, 'admin'), undefined)
  })

  test('a value that is read is not changed', () => {
    assert.deepEqual(decodeRecord(Object.freeze({ ...ENCODED })), RECORD)
  })
})
