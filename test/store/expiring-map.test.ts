import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ExpiringMap } from '../../src/store/expiring-map.ts'

describe('ExpiringMap', () => {
  it('returns the latest value until its time', () => {
    const map = new ExpiringMap<string>()
    map.set('a', 'first', 10, 0)
    assert.deepEqual([map.get('a', 9), map.get('a', 10), map.get('b', 0)], ['first', undefined, undefined])
    map.set('a', 'second', 20, 5)
    map.set('b', 'other', 100, 15) // drops what is past its time, of which 'a' was
    assert.deepEqual([map.get('a', 19), map.get('a', 20)], ['second', undefined])
    map.set('a', 'third', 12, 11)
    assert.deepEqual([map.get('a', 11), map.get('a', 12)], ['third', undefined])
  })

  it('drops expired values as others come, also after values were set again or deleted', () => {
    const map = new ExpiringMap<number>()
    for (let nowMs = 0; nowMs < 50_000; nowMs++) {
      map.set(`key ${nowMs % 70}`, nowMs, nowMs + 100, nowMs)
      map.set(`once ${nowMs}`, nowMs, nowMs + 100, nowMs)
      if (nowMs % 3 === 0) map.delete(`once ${nowMs}`)
    }
    assert.ok(map.size <= 171, `${map.size} are held`)
    map.delete('key 0')
    assert.equal(map.get('key 0', 0), undefined)
    map.set('last', 0, 1_000_000, 999_999)
    assert.equal(map.size, 1)
  })
})
