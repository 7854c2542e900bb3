import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MARK_LIFE_MS } from '../../src/store/limits.ts'
import { MemoryRevocations } from '../../src/store/memory/revocations.ts'

describe('the revocations in memory', () => {
  it('keep the latest of each user for a day', () => {
    const revocations = new MemoryRevocations()
    revocations.mark('ada', 1, 0)
    revocations.mark('ada', 7, 1000)
    assert.deepEqual([revocations.until('ada', 1000), revocations.until('eve', 1000)], [7, 0])
    assert.deepEqual(
      [1000 + MARK_LIFE_MS - 1, 1000 + MARK_LIFE_MS].map(nowMs => revocations.until('ada', nowMs)), [7, 0]
    )
  })

  it('go after that day when there are many', () => {
    const revocations = new MemoryRevocations()
    for (let i = 0; i < 2000; i++) revocations.mark(`early ${i}`, i, 0)
    for (let i = 0; i < 1500; i++) revocations.mark(`late ${i}`, 3000 + i, MARK_LIFE_MS)
    assert.equal(revocations.size, 1500)
    assert.equal(revocations.until('late 1499', MARK_LIFE_MS), 4499)
  })
})
