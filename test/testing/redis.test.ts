import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { sessionKit } from '../../src/testing.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { buildApp } from './application.ts'

describe('the test kit on a RedisStore', () => {
  const redis = redisOfSuite()

  it('does all but move the time, which is Redis\' own', async test => {
    const ended: string[] = []
    const kit = await sessionKit(async () => await buildApp({ store: new RedisStore({ client: redis.client }) }, {
      onSessionEnd: ({ user, reason }) => { ended.push(`${user} ${reason}`) }
    }), { signIn: (browser, user) => browser.post('/sign-in', { user }) })
    test.after(async () => { await kit.close() })
    const [ada, bob] = [await kit.signIn('ada'), await kit.signIn('bob')]
    const [one, two, other] = [await ada.open('/account'), await ada.open('/form'), await bob.open('/form')]
    await two.toBack()
    assert.equal((await kit.revoke('ada')).length, 1)
    await two.toFront()
    assert.deepEqual([one, two].map(({ left }) => left?.reason), ['revoked', 'revoked'])
    await other.signOut()
    assert.equal(other.left?.reason, 'logout')
    assert.deepEqual(ended, ['ada revoked', 'bob logout'])
    assert.equal((await kit.sweep()).ended, 0)
    for (const act of [
      async () => await kit.idle(1), async () => await ada.sleepLid(1), async () => await one.work(1)
    ]) {
      await assert.rejects(act(), { code: 'FST_SESSION_SECURITY_TEST_KIT', message: /Redis has its own/ })
    }
    await kit.idle(0)
  })

  it('does not take the clock of a node for that of Redis', async test => {
    const kit = await sessionKit(async ({ clock }) =>
      await buildApp({ store: new RedisStore({ client: redis.client, clock }) })
    )
    test.after(async () => { await kit.close() })
    await assert.rejects(kit.idle(1), { code: 'FST_SESSION_SECURITY_TEST_KIT', message: /Redis has its own/ })
  })
})
