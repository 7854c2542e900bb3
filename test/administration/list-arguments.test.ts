import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ListOptions } from '../../src/store/administration.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import { signIn } from '../store/contract-kit.ts'

const BAD_OPTION = { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
const BAD_CURSOR = { ...BAD_OPTION, message: /^Option "cursor" must be the cursor of the page before/ }
const UNKNOWN_OPTION = { code: 'FST_SESSION_SECURITY_UNKNOWN_OPTION' }

/** Every list. Each shows two live and two ended sessions. */
const LISTS: ReadonlyArray<Pick<ListOptions, 'state' | 'order' | 'user'>> =
  (['live', 'ended', 'all'] as const).flatMap(state =>
    [{}, { order: 'ends-first' } as const, { order: 'ends-last' } as const].flatMap(order =>
      [{}, { user: 'ada' }, { user: 'eve' }].map(user => ({ state, ...order, ...user }))))

for (const kit of [memoryKit, redisKit()]) {
  describe(`what lists are asked for, on ${kit.name}`, () => {
    async function start (): Promise<TestApp> {
      const built = await buildApp({ kit })
      for (const user of ['ada', 'eve']) {
        const [, , third = '', fourth = ''] = await Promise.all(
          [1, 2, 3, 4].map(async number => await signIn(built.store, `${user} ${number}`, { user }))
        )
        for (const key of [third, fourth]) await built.store.end(key, 'revoked')
      }
      const { tokens } = built.app.sessionSecurity
      for (const id of ['1', '2', '3', '4']) {
        const expiresAt = new Date(Date.now() + 86_400_000 * 400)
        await tokens.track({ id, user: Number(id) % 2 === 0 ? 'ada' : 'eve', expiresAt })
      }
      return built
    }

    it('is refused by its name where there is no such option, and where it is no object', async () => {
      const { app } = await buildApp({ kit })
      const list: (options: unknown) => Promise<unknown> = options => app.sessionSecurity.list(options as ListOptions)
      const sweep: (options: unknown) => Promise<unknown> = options => app.sessionSecurity.sweep(options as object)
      await assert.rejects(
        list({ users: 'ada' }), { ...UNKNOWN_OPTION, message: /"users".*user, userPrefix, state, order, limit/ }
      )
      await assert.rejects(sweep({ limt: 1 }), { ...UNKNOWN_OPTION, message: /"limt".*limit/ })
      for (const bad of [null, 'ada', 7]) {
        await assert.rejects(list(bad), { ...BAD_OPTION, message: /"options"/ })
        await assert.rejects(sweep(bad), { ...BAD_OPTION, message: /"options"/ })
      }
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('has a cursor that is taken where it comes from, and is refused in every other list', async () => {
      const { app } = await start()
      const { sessionSecurity, sessionSecurity: { tokens } } = app
      for (const which of LISTS) {
        const { sessions, cursor } = await sessionSecurity.list({ ...which, limit: 1 })
        assert.ok(cursor !== null, JSON.stringify(which))
        const next = await sessionSecurity.list({ ...which, limit: 2, cursor })
        assert.ok(next.sessions.every(({ handle }) => handle !== sessions[0]?.handle))
        assert.notEqual(next.sessions.length, 0)
        for (const other of LISTS) {
          if (other === which) continue
          await assert.rejects(sessionSecurity.list({ ...other, cursor }), BAD_CURSOR, JSON.stringify([which, other]))
        }
        for (const user of [{}, { user: 'ada' }]) await assert.rejects(tokens.list({ ...user, cursor }), BAD_CURSOR)
      }
      await app.close()
    })

    it('has a cursor of tokens that is of no use for sessions, nor for the tokens of somebody else', async () => {
      const { app } = await start()
      const { tokens } = app.sessionSecurity
      const lists = [{}, { user: 'ada' }, { user: 'eve' }]
      for (const which of lists) {
        const { tokens: [first], cursor } = await tokens.list({ ...which, limit: 1 })
        assert.ok(cursor !== null)
        const { tokens: next } = await tokens.list({ ...which, limit: 9, cursor })
        assert.equal(next.length, which === lists[0] ? 3 : 1)
        assert.ok(next.every(({ id }) => id !== first?.id))
        for (const other of lists) {
          if (other === which) continue
          await assert.rejects(tokens.list({ ...other, cursor }), BAD_CURSOR)
        }
        for (const other of LISTS) await assert.rejects(app.sessionSecurity.list({ ...other, cursor }), BAD_CURSOR)
      }
      await app.close()
    })
  })
}
