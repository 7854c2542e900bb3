import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { steadyClock, systemClock, toMs } from '../../src/core/clock.ts'

test('seconds with a fraction become whole milliseconds', () => {
  assert.equal(toMs(1.5), 1500)
  assert.equal(toMs(0.0004), 0)
  assert.equal(toMs(1.0005), 1001)
})

test('a fraction that binary cannot hold loses no millisecond', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 43 }), ms => {
    assert.equal(toMs(ms / 1000), ms)
  }))
})

test('the system clock counts milliseconds since the epoch', () => {
  const before = Date.now()
  const nowMs = systemClock()
  assert.ok(nowMs >= before && nowMs <= Date.now())
})

test('the system clock hears of a clock that is mocked or set', t => {
  t.mock.method(Date, 'now', () => 1000)
  assert.equal(systemClock(), 1000)
})

test('the steady clock goes on whatever the time of day is set to, in whole milliseconds', t => {
  let elapsedMs = performance.now()
  t.mock.method(performance, 'now', () => elapsedMs)
  const before = steadyClock()
  t.mock.method(Date, 'now', () => 1000)
  elapsedMs += 1000
  assert.deepEqual([steadyClock() - before, Number.isSafeInteger(before)], [1000, true])
})
