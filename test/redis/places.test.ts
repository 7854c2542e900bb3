import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActivityStore, Cap, Terms } from '../../src/index.ts'
import { handleOf } from '../../src/store/handle.ts'
import { redisKit } from '../helpers/store-kits.ts'

const TERMS: Terms = { protected: true, warnAfter: 540, expireAfter: 3600, absoluteTimeout: false }
const ONE: Cap = { max: 1, whenFull: 'refuse' }
const kit = redisKit()

describe('a place of which the node failed before the session was the user\'s', () => {
  it('is free again after some minutes, and not before', async () => {
    const { store, clock } = kit.open()
    assert.equal(await admit(store, 'first'), true)
    clock.advance(100)
    assert.equal(await admit(store, 'second'), false)
    clock.advance(100)
    assert.equal(await admit(store, 'second'), true)
  })

  it('is kept for a session that is being renewed, however old the place', async () => {
    const { store, clock } = kit.open()
    assert.equal(await admit(store, 'first'), true)
    await store.settle(handleOf('first'), { terms: TERMS, user: 'ada' })
    clock.advance(1000)
    assert.equal(await admit(store, 'heir', handleOf('first')), true)
    clock.advance(1000)
    assert.equal(await admit(store, 'second'), false)
  })
})

async function admit (store: ActivityStore, id: string, replaces?: string): Promise<boolean> {
  await store.create(handleOf(id), { user: '1' }, TERMS)
  return (await store.admit(handleOf(id), 'ada', ONE, replaces)).isAdmitted
}
