import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EndSessionOptions } from '../../src/administration/administration-options.ts'
import type { EndedSession } from '../../src/index.ts'
import { buildApp } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import { signIn, statesOf } from '../store/contract-kit.ts'

const BAD_OPTION = { code: 'FST_SESSION_SECURITY_BAD_OPTION' }

for (const kit of [memoryKit, redisKit()]) {
  describe(`the end of several sessions, on ${kit.name}`, () => {
    it('answers for each, notifies once of each that ended, and leaves the others alone', async () => {
      const notified: EndedSession[] = []
      const { app, store } = await buildApp({ kit, security: { onSessionEnd: ended => notified.push(ended) } })
      const people = Array.from({ length: 130 }, (_, i) => `user ${i}`)
      const keys = await Promise.all(people.map(async user => await signIn(store, user, { user })))
      const [first = '', second = '', ...chosen] = keys
      await store.acknowledge((await store.end(second, 'logout')).map(({ handle }) => handle))
      const unknown = store.handleOf(store.idFor('unknown'))
      const outcome = await app.sessionSecurity.endSessions([...chosen, second, unknown, ...chosen], { by: 'root' })
      assert.deepEqual(
        outcome.ended.map(({ handle, by, reason }) => [handle, by, reason]), chosen.map(key => [key, 'root', 'revoked'])
      )
      assert.deepEqual([outcome.over, outcome.later], [[second, unknown], []])
      assert.deepEqual(await statesOf(store, first), ['live'])
      await app.close()
      assert.deepEqual(notified.map(({ handle }) => handle).toSorted(), [...chosen].toSorted())
    })

    it('ends none of none, and takes a reason', async () => {
      const { app, store } = await buildApp({ kit })
      assert.deepEqual(await app.sessionSecurity.endSessions([]), { ended: [], over: [], later: [] })
      const key = await signIn(store, 'a')
      const { ended: [ended] } = await app.sessionSecurity.endSessions([key], { reason: 'logout' })
      assert.equal(ended?.reason, 'logout')
      await app.close()
    })

    it('is refused for what is no list of handles, and ends none of them', async () => {
      const { app, store } = await buildApp({ kit })
      const key = await signIn(store, 'a')
      const end: (handles: unknown, options?: EndSessionOptions) => Promise<unknown> =
        (handles, options) => app.sessionSecurity.endSessions(handles as string[], options)
      for (const wrong of [undefined, key, [key, 7], { length: 1 }, Array.from({ length: 1001 }, () => key)]) {
        await assert.rejects(
          end(wrong), { ...BAD_OPTION, message: /^Option "handles" must be an array of at most 1000 handles/ }
        )
      }
      await assert.rejects(end([key], { by: '' }), { ...BAD_OPTION, message: /"by"/ })
      await assert.rejects(end([key], JSON.parse('{"reason":"tired"}')), { ...BAD_OPTION, message: /"reason"/ })
      await assert.rejects(end([key], JSON.parse('{"who":"root"}')), { code: 'FST_SESSION_SECURITY_UNKNOWN_OPTION' })
      assert.deepEqual(await statesOf(store, key), ['live'])
      await app.close()
    })
  })

  describe(`a list of users by the beginning of their ids, on ${kit.name}`, () => {
    it('has them page by page, and is refused beside a user', async () => {
      const { app, store } = await buildApp({ kit })
      for (const user of ['ada', 'Adam', 'eve']) for (const at of [1, 2]) await signIn(store, `${user} ${at}`, { user })
      const users: unknown[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await app.sessionSecurity.list({
          userPrefix: 'aD', limit: 3, ...(cursor === undefined ? {} : { cursor })
        })
        users.push(...page.sessions.map(({ user }) => user))
        cursor = page.cursor
      }
      assert.deepEqual(users.toSorted(), ['Adam', 'Adam', 'ada', 'ada'])
      await assert.rejects(
        app.sessionSecurity.list({ userPrefix: 'a', user: 'ada' }),
        { ...BAD_OPTION, message: /"userPrefix" must be left out/ }
      )
      for (const wrong of ['', 'x'.repeat(257), 7, null]) {
        await assert.rejects(
          app.sessionSecurity.list(JSON.parse(JSON.stringify({ userPrefix: wrong }))),
          { ...BAD_OPTION, message: /"userPrefix"/ }
        )
      }
      const { cursor } = await app.sessionSecurity.list({ userPrefix: 'ad', limit: 1 })
      await assert.rejects(
        app.sessionSecurity.list({ userPrefix: 'a', cursor: String(cursor) }), { ...BAD_OPTION, message: /"cursor"/ }
      )
      await app.close()
    })
  })
}
