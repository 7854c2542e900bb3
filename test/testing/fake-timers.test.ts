import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Pending } from '../../src/testing/pending.ts'
import { kitFor } from './application.ts'

describe('the test kit where somebody else holds the time', () => {
  it('moves its own', async test => {
    const kit = await kitFor(test)
    test.mock.timers.enable({ apis: ['Date', 'setTimeout', 'setInterval'] })
    const ada = await kit.signIn('ada')
    const tab = await ada.open('/account')
    await kit.idle(601)
    assert.equal(tab.left?.reason, 'idle')
    await kit.signIn('bob')
    assert.equal((await kit.revoke('bob')).length, 1)
    assert.equal((await kit.sweep()).ended, 0)
  })

  it('says which timer must not be fake', async test => {
    test.mock.timers.enable({ apis: ['setImmediate'] })
    const pending = new Pending(20)
    const asked = pending.track('POST /sign-in', new Promise(() => {}))
    const message = /POST \/sign-in was not answered within 0\.02 s: leave setImmediate out of the fake timers/
    await assert.rejects(pending.complete(asked), { message })
  })
})
