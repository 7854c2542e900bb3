import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
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
})
