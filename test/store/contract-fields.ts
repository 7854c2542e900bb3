import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { COOKIE_KEY, toStoredKey } from '../../src/store/contents.ts'
import type { Contents } from '../../src/store/contents.ts'
import type { Takes } from '../../src/store/store.ts'
import type { ContractHarness } from './contract-kit.ts'
import { beginAs, contentsOf, predecessorOf, renew, signIn, stateOf, statesOf } from './contract-kit.ts'

const TOO_MANY = {
  code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE',
  message: 'The session holds 4 fields; "maxSessionFields" allows 3. Nothing was saved.'
}

/** The contract of bounds for several requests of a session together (G13: bounded work). */
export function fieldsContract (name: string, newHarness: () => ContractHarness): void {
  describe(`${name} keeps the contract of the bounds of a session (G13)`, () => {
    it('an edit that gives a session too many fields together with another edit is refused', async () => {
      const store = await newHarness().open({ maxSessionFields: 3 })
      const key = await signIn(store, 's')
      await store.update(key, { set: { a: '1', b: '1' }, remove: [] })
      await assert.rejects(store.update(key, { set: { a: '2', c: '1' }, remove: ['never there'] }), TOO_MANY)
      assert.deepEqual(await contentsOf(store, key), { user: '"ada"', a: '1', b: '1' })
    })

    it('an edit may remove as many fields as it adds, and overwrite others', async () => {
      const store = await newHarness().open({ maxSessionFields: 3 })
      const key = await signIn(store, 's', { contents: { user: '"ada"', a: '1', b: '1' } })
      await store.update(key, { set: { a: '2', c: '1' }, remove: ['b', 'never there'] })
      assert.deepEqual(await contentsOf(store, key), { user: '"ada"', a: '2', c: '1' })
    })

    it('the age of the cookie and the store\'s own data beside the contents are no fields', async () => {
      const store = await newHarness().open({ maxSessionFields: 3 })
      const age = { [COOKIE_KEY]: '{"maxAge":60000}' }
      const root = await signIn(store, 'root', { contents: { user: '"ada"', ...age } })
      const middle = await renew(store, root, 'middle', { contents: { user: '"ada"', ...age } })
      const twin = await renew(store, root, 'twin', { contents: { user: '"ada"', ...age } })
      for (const key of [middle, twin, await renew(store, middle, 'last', { contents: { user: '"ada"', ...age } })]) {
        if (await stateOf(store, key) !== 'live') continue
        await store.update(key, { set: { a: '1', b: '1' }, remove: [] })
        await assert.rejects(store.update(key, { set: { c: '1' }, remove: [] }), TOO_MANY)
        assert.deepEqual(await contentsOf(store, key), { user: '"ada"', ...age, a: '1', b: '1' })
      }
    })

    for (const takes of [{ except: ['own'] }, { only: ['user', 'a', 'b'] }] satisfies Takes[]) {
      it(`a renewal that takes over too many fields is refused (${Object.keys(takes)})`, async () => {
        const store = await newHarness().open({ maxSessionFields: 3 })
        const old = await signIn(store, 'old')
        await store.update(old, { set: { a: '1', b: '1' }, remove: [] }) // another request, meanwhile
        const renewal = (contents: Contents): ReturnType<typeof beginAs> => {
          return beginAs(store, 'new', { contents, predecessor: { ...predecessorOf(old, 'renewed'), takes } })
        }
        await assert.rejects(renewal({ user: '"ada"', own: '1' }), TOO_MANY)
        assert.deepEqual(await contentsOf(store, old), { user: '"ada"', a: '1', b: '1' })
        const { state, key } = await renewal({ user: '"ada"' })
        assert.deepEqual([state, await stateOf(store, old)], ['begun', 'renewed'])
        assert.deepEqual(await contentsOf(store, key), { user: '"ada"', a: '1', b: '1' })
      })
    }

    it('a renewal that takes over too many bytes is refused, and evicts no session', async () => {
      const store = await newHarness().open({ maxSessionBytes: 100 })
      const [old, other] = [await signIn(store, 'old'), await signIn(store, 'other')]
      await store.update(old, { set: { a: `"${'x'.repeat(60)}"` }, remove: [] })
      const contents = { user: '"ada"', b: `"${'x'.repeat(60)}"` }
      const predecessor = { ...predecessorOf(old, 'renewed'), takes: { except: ['b'] } }
      const limit = { max: 1, whenFull: 'displace' } as const
      const renewal = beginAs(store, 'new', { contents, predecessor, limit })
      await assert.rejects(renewal, { code: TOO_MANY.code, message: /"maxSessionBytes" allows 100/ })
      assert.deepEqual(await statesOf(store, old, other), ['live', 'live'])
    })

    for (const key of ['é', 'ключ', '🔑', '@', '@@', 'a\nb', ' ', '<']) {
      it(`counts the name ${JSON.stringify(key)} by its bytes in UTF-8`, async () => {
        const store = await newHarness().open({ maxSessionBytes: 100 })
        const session = await signIn(store, 's', { contents: {} })
        const left = 100 - Buffer.byteLength(toStoredKey(key))
        await store.update(session, { set: { [key]: JSON.stringify('x'.repeat(left - 2)) }, remove: [] })
        const edit = store.update(session, { set: { [key]: JSON.stringify('x'.repeat(left - 1)) }, remove: [] })
        await assert.rejects(edit, { code: TOO_MANY.code, message: /holds 101 bytes/ })
      })
    }
  })
}
