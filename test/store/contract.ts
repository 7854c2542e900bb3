import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { activityContract } from './contract-activity.ts'
import { administrationContract } from './contract-administration.ts'
import { beginContract } from './contract-begin.ts'
import type { ContractHarness, Started } from './contract-kit.ts'
import {
  ANONYMOUS, AT_ONCE, TERMS, alive, beginAnonymous, beginAs, claimAll, contentsOf, handlesIn, predecessorOf, keyFor,
  listAll, live, nowOf, reasonOf, reasonsIn, recordNow, renew, signIn, stateOf, statesOf, start as startWith
} from './contract-kit.ts'
import { lagContract } from './contract-lag.ts'
import { listsContract } from './contract-lists.ts'
import { revocationContract } from './contract-revocation.ts'
import { twinsContract } from './contract-twins.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'

export type { ContractHarness } from './contract-kit.ts'

/** Runs the contract of store/store.ts against a store. Every store of this package passes it unchanged. */
export function storeContract (name: string, newHarness: () => ContractHarness): void {
  const start = async (): Promise<Started> => await startWith(newHarness)
  activityContract(name, newHarness)
  beginContract(name, newHarness)
  twinsContract(name, newHarness)
  revocationContract(name, newHarness)
  administrationContract(name, newHarness)
  listsContract(name, newHarness)
  lagContract(name, newHarness)

  describe(`${name} keeps the store contract`, () => {
    describe('contents', () => {
      it('come back as they were written, and there are none for a key that never began', async () => {
        const { store } = await start()
        const contents = { user: '"ada"', cart: '[1,2]', nested: '{"a":null}' }
        const key = await signIn(store, 's', { contents })
        assert.deepEqual(await contentsOf(store, key), contents)
        assert.deepEqual(await store.load(keyFor(store, 'other', 'ada'), null), { state: 'unknown' })
      })

      it('keep keys of any name', async () => {
        const { store } = await start()
        const names = ['', '@', '@@', '@x', ' ', 'a b', 'ü', 'toString', 'hasOwnProperty', '0', '\n', 'a\nb']
        names.push('@:', '@:a%0Ab', 'x\n@\n1 live 1 1 9 9 - eve')
        const contents = Object.fromEntries(names.map(name => [name, JSON.stringify(name)]))
        const key = await signIn(store, 's', { contents })
        assert.deepEqual(await contentsOf(store, key), contents)
        const remove = ['@@', 'a\nb']
        await store.update(key, { set: { '@': '"changed"' }, remove })
        const kept = Object.entries({ ...contents, '@': '"changed"' }).filter(([name]) => !remove.includes(name))
        assert.deepEqual(await contentsOf(store, key), Object.fromEntries(kept))
      })

      it('keep both edits of two requests that change different keys (G8: both edits survive)', async () => {
        const { store } = await start()
        const key = await signIn(store, 's', { contents: { user: '"ada"', a: '1', b: '1', gone: '1' } })
        await Promise.all([
          store.update(key, { set: { a: '2' }, remove: ['gone'] }),
          store.update(key, { set: { b: '2' }, remove: ['never there'] })
        ])
        assert.deepEqual(await contentsOf(store, key), { user: '"ada"', a: '2', b: '2' })
      })

      it('refuse the edit that makes a session too large together with another\'s, and stay as they are', async () => {
        const store = await newHarness().open({ maxSessionBytes: 100 })
        const key = await signIn(store, 's')
        await store.update(key, { set: { one: `"${'x'.repeat(60)}"` }, remove: [] })
        const before = await contentsOf(store, key)
        const edit = store.update(key, { set: { two: `"${'x'.repeat(60)}"` }, remove: ['user'] })
        await assert.rejects(edit, { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE' })
        assert.deepEqual(await contentsOf(store, key), before)
      })

      it('lose no time over very many keys that are removed at once', async () => {
        const { store } = await start()
        const names = Array.from({ length: 4000 }, (_, i) => `k${i}`)
        const key = await signIn(store, 's', { contents: Object.fromEntries(names.map(name => [name, '1'])) })
        await store.update(key, { set: { user: '"ada"' }, remove: names })
        assert.deepEqual(await contentsOf(store, key), { user: '"ada"' })
      })

      it('are not written to a session that is over (G2: an end is final)', async () => {
        const { store } = await start()
        const [ended, gone] = [await signIn(store, 's'), await beginAnonymous(store, 'v')]
        const renewed = await signIn(store, 'before')
        await renew(store, renewed, 'after')
        for (const key of [ended, gone]) await store.end(key, 'logout')
        const edit = { set: { user: '"mallory"' }, remove: [] }
        const states = []
        for (const key of [ended, gone, renewed, keyFor(store, 'none', 'ada')]) {
          states.push([(await store.update(key, edit)).state, (await store.load(key, AT_ONCE)).state])
        }
        assert.deepEqual(states, ['ended', 'renewed', 'renewed', 'unknown'].map(state => [state, state]))
      })
    })

    describe('deadlines', () => {
      it('end an idle session, also without a sweep (G4: no door sees it alive)', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        await harness.advance(9.9)
        assert.equal((await store.load(key, null)).state, 'live')
        await harness.advance(0.1)
        const loaded = await store.load(key, AT_ONCE)
        assert.ok(loaded.state === 'ended')
        assert.deepEqual([loaded.ended.reason, reasonOf(await store.find(key))], ['idle', 'idle'])
      })

      it('end a session at its absolute deadline, however active it is (G12: an end for everyone)', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        for (let elapsed = 0; elapsed < 30; elapsed += 5) {
          assert.equal((await recordNow(store, key)).state, 'recorded')
          await harness.advance(5)
        }
        assert.equal((await recordNow(store, key)).state, 'ended')
        assert.equal(reasonOf(await store.find(key)), 'absolute')
      })

      it('move by no load without an activity, and by no edit (G3: passive is passive)', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        for (let elapsed = 0; elapsed < 9; elapsed += 3) {
          await harness.advance(3)
          await store.load(key, null)
          await store.update(key, { set: { a: String(elapsed) }, remove: [] })
        }
        await harness.advance(1)
        assert.equal((await store.load(key, null)).state, 'ended')
      })

      it('of an anonymous session count from its last write only', async () => {
        const { store, harness } = await start()
        const key = await beginAnonymous(store, 'v', { _csrf: '"x"' })
        await harness.advance(60)
        const written = live(await store.update(key, { set: { a: '1' }, remove: [] }))
        assert.deepEqual([written.record.startedAtMs, written.record.lastActivityMs], [written.nowMs, written.nowMs])
        await harness.advance(60)
        const { record } = alive(await store.load(key, AT_ONCE))
        assert.deepEqual(record, written.record)
        assert.equal((await recordNow(store, key)).state, 'live')
        await harness.advance(40)
        assert.deepEqual(await store.load(key, null), { state: 'unknown' })
      })

      it('refuse every later write, also without a sweep (G2: an end is final)', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const longer = { ...TERMS, expireAfter: 1000, absoluteTimeout: false } as const
        await harness.advance(10)
        assert.equal((await store.update(key, { set: { a: '1' }, remove: [] })).state, 'ended')
        assert.equal((await store.recordActivity(key, Number.MAX_SAFE_INTEGER, longer)).state, 'ended')
        assert.equal((await store.load(key, { throttleMs: 0, timeouts: longer })).state, 'ended')
        assert.equal((await beginAs(store, 's', { terms: longer })).state, 'over')
        const predecessor = predecessorOf(key, 'renewed')
        assert.equal((await beginAs(store, 'next', { terms: longer, predecessor })).state, 'over')
        assert.deepEqual(await store.end(key, 'logout'), [])
        assert.equal(reasonOf(await store.find(key)), 'idle')
      })
    })

    describe('ends', () => {
      it('come once: the first reason stands, and only its caller receives the end', async () => {
        const { store } = await start()
        const key = await signIn(store, 's')
        const ends = await Promise.all([store.end(key, 'revoked'), store.end(key, 'logout')])
        assert.deepEqual(ends.map(reasonsIn), [[`${key} revoked`], []])
        assert.equal(reasonOf(await store.find(key)), 'revoked')
        assert.deepEqual(await store.end(keyFor(store, 'none', 'ada'), 'logout'), [])
      })

      it('of an old key end all its living successors (G2: an end is final)', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const [left, right] = [await renew(store, old, 'left'), await renew(store, old, 'right')]
        const further = await renew(store, await renew(store, left, 'further'), 'still further')
        const other = await signIn(store, 'other')
        const ended = await store.end(old, 'revoked')
        assert.deepEqual(ended.map(row => row.handle).toSorted(), [right, further].toSorted())
        assert.deepEqual(ended.map(({ reason }) => reason), ['revoked', 'revoked'])
        assert.deepEqual(await statesOf(store, old, left), ['renewed', 'renewed'])
        assert.deepEqual(await statesOf(store, right, further, other), ['ended', 'ended', 'live'])
        assert.deepEqual(await store.end(old, 'revoked'), [])
      })

      it('of a successor do not end its twins, unless they are log-outs', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const [left, right] = [await renew(store, old, 'left'), await renew(store, old, 'right')]
        assert.deepEqual(handlesIn(await store.end(left, 'revoked')), [left])
        assert.equal(await stateOf(store, right), 'live')
        assert.deepEqual(handlesIn(await store.end(old, 'revoked')), [right])
      })

      it('are claimed for the caller, for the whole lease', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        await store.end(key, 'revoked')
        await harness.advance(CLAIM_LEASE_MS / 1000 - 1)
        assert.deepEqual(await claimAll(store), [])
        await harness.advance(1)
        assert.deepEqual((await claimAll(store)).map(({ handle, reason }) => [handle, reason]), [[key, 'revoked']])
      })

      it('say when a session started, was last active and ended: the deadline, not when the sweep came', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const { record: { startedAtMs } } = live(await store.find(key))
        await harness.advance(4)
        await recordNow(store, key)
        await harness.advance(100)
        const times = { startedAtMs, lastActivityMs: startedAtMs + 4000, endedAtMs: startedAtMs + 14_000 }
        assert.deepEqual(await claimAll(store), [{ handle: key, user: 'ada', reason: 'idle', ...times }])
      })

      it('of anonymous sessions are not notified, and an ended one does not come back', async () => {
        const { store, harness } = await start()
        const [expires, goes] = [await beginAnonymous(store, 'v'), await beginAnonymous(store, 'w')]
        assert.deepEqual(await store.end(goes, 'logout'), [])
        assert.deepEqual(await store.find(goes), { state: 'renewed', successors: [] })
        assert.equal((await store.begin(goes, { contents: {}, terms: ANONYMOUS })).state, 'over')
        await harness.advance(100)
        assert.deepEqual(await claimAll(store), [])
        assert.deepEqual(await store.find(expires), { state: 'unknown' })
        await harness.advance(600)
        await claimAll(store)
        assert.deepEqual(await store.find(goes), { state: 'unknown' })
      })

      it('keep no contents, and after the retention nothing at all is left', async () => {
        const harness = newHarness()
        const store = await harness.open({ retention: 1000 })
        const empty = await harness.held(store)
        const keys = [await signIn(store, 's0'), await signIn(store, 's1')]
        keys.push(await renew(store, await signIn(store, 's2'), 's3'))
        for (const name of ['v', 'w']) await beginAnonymous(store, name)
        await signIn(store, 's4', { predecessor: predecessorOf(keyFor(store, 'v'), 'dropped') })
        await harness.advance(100)
        const ended = await claimAll(store)
        assert.equal(ended.length, 4)
        await store.acknowledge(ended.map(({ handle }) => handle))
        assert.equal(reasonOf(await store.find(keys[0] ?? '')), 'idle')
        await harness.advance(1001)
        await claimAll(store)
        for (const key of keys) assert.deepEqual(await store.find(key), { state: 'unknown' })
        assert.equal(await harness.held(store), empty)
      })
    })

    describe('the sweep', () => {
      it('claims each expired session once, in batches no larger than asked for', async () => {
        const { store, harness } = await start()
        const keys: string[] = []
        for (let i = 0; i < 25; i++) {
          keys.push(await signIn(store, `s${i}`))
          await harness.advance(0.01)
        }
        await harness.advance(11)
        const seen: string[] = []
        for (let more = true; more;) {
          const batch = await store.claimEnds(10)
          assert.ok(batch.sessions.length <= 10)
          seen.push(...batch.sessions.map(ended => ended.handle))
          more = batch.more
        }
        assert.deepEqual(seen.toSorted(), keys.toSorted())
      })

      it('claims no more than asked for, expired leases and new ends together', async () => {
        const { store, harness } = await start()
        for (let i = 0; i < 12; i++) {
          const expireAfter = i < 6 ? 6 : 6 + CLAIM_LEASE_MS / 1000
          await signIn(store, `s${i}`, { terms: { ...TERMS, expireAfter, absoluteTimeout: false } })
        }
        await harness.advance(6)
        assert.equal((await claimAll(store)).length, 6)
        await harness.advance(CLAIM_LEASE_MS / 1000)
        let count = 0
        for (let more = true; more;) {
          const batch = await store.claimEnds(4)
          assert.ok(batch.sessions.length <= 4)
          count += batch.sessions.length
          more = batch.more
        }
        assert.equal(count, 12)
      })

      it('does not end a session that was active since', async () => {
        const { store, harness } = await start()
        const [recorded, loaded] = [await signIn(store, 's'), await signIn(store, 't')]
        await harness.advance(9)
        await recordNow(store, recorded)
        await store.load(loaded, AT_ONCE)
        await harness.advance(9)
        assert.deepEqual(await claimAll(store), [])
        assert.deepEqual(await statesOf(store, recorded, loaded), ['live', 'live'])
      })

      it('shares the expired sessions among callers at once, and gives none to two (G6: claimed once)', async () => {
        const { store, harness } = await start()
        for (let i = 0; i < 50; i++) await signIn(store, `s${i}`)
        await harness.advance(11)
        const claims = await Promise.all(Array.from({ length: 10 }, () => store.claimEnds(5)))
        const handles = claims.flatMap(({ sessions }) => sessions.map(ended => ended.handle))
        assert.equal(handles.length, 50)
        assert.equal(new Set(handles).size, 50)
      })

      it('claims an unacknowledged end again after the lease (G6: notified at least once)', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        await harness.advance(10)
        assert.equal((await claimAll(store)).length, 1)
        await harness.advance(CLAIM_LEASE_MS / 1000 - 1)
        assert.deepEqual(await claimAll(store), [])
        await harness.advance(1)
        assert.deepEqual(handlesIn(await claimAll(store)), [key])
      })

      it('never claims an acknowledged end again, whether a sweep or a caller claimed it', async () => {
        const { store, harness } = await start()
        const [expired, revoked] = [await signIn(store, 's'), await signIn(store, 't')]
        await store.end(revoked, 'revoked')
        await harness.advance(10)
        await claimAll(store)
        await store.acknowledge([expired, revoked, keyFor(store, 'none', 'ada')])
        await store.acknowledge([expired])
        await harness.advance(2 * CLAIM_LEASE_MS / 1000)
        assert.deepEqual(await claimAll(store), [])
      })
    })

    describe('lists', () => {
      it('name all live sessions, page by page, each once, and neither anonymous nor expired ones', async () => {
        const { store, harness } = await start()
        const terms = { ...TERMS, expireAfter: 6 }
        await signIn(store, 'early', { terms })
        await beginAnonymous(store, 'anonymous')
        await renew(store, await signIn(store, 'before', { terms }), 'after', { terms })
        const keys: string[] = []
        for (let i = 0; i < 45; i++) keys.push(await signIn(store, `s${i}`))
        await harness.advance(6)
        const listed = await listAll(store, { state: 'live', limit: 10 })
        assert.deepEqual(listed.map(row => row.handle).toSorted(), keys.toSorted())
        assert.deepEqual([...new Set(listed.map(row => live(row.session).record.expireAfter))], [10])
      })

      it('continue when sessions ended, began or were active between two pages', async () => {
        const { store, harness } = await start()
        const keys: string[] = []
        for (let i = 0; i < 40; i++) keys.push(await signIn(store, `s${i}`))
        await harness.advance(1)
        const seen: string[] = []
        const gone: string[] = []
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page = await store.list({ state: 'live', limit: 7, ...(cursor === undefined ? {} : { cursor }) })
          seen.push(...page.rows.map(row => row.handle))
          cursor = page.cursor
          const last = page.rows.at(-1)?.handle
          if (last === undefined) continue
          gone.push(last)
          await store.end(last, 'revoked') // the very one that the cursor stands at
          if (seen.length < 200) await signIn(store, `new${seen.length}`)
          await recordNow(store, seen[0] ?? '')
        }
        for (const key of keys) assert.ok(seen.includes(key) || gone.includes(key))
      })

      it('name the live sessions of one user, whatever the name', async () => {
        const { store } = await start()
        const keys: string[] = []
        for (const [i, user] of ['ada', 'ada lovelace', '-', 'ada', 'Ünicode {x} : * %41', 'ada'].entries()) {
          keys.push(await signIn(store, `s${i}`, { user }))
        }
        await store.end(keys[5] ?? '', 'logout')
        const of = async (user: string): Promise<string[]> =>
          handlesIn(await listAll(store, { state: 'live', user, limit: 100 }))
        assert.deepEqual(await of('ada'), [keys[0], keys[3]].toSorted())
        assert.deepEqual(await of('ada lovelace'), [keys[1]])
        assert.deepEqual(await of('-'), [keys[2]])
        assert.deepEqual(await of('Ünicode {x} : * %41'), [keys[4]])
        assert.deepEqual(await of('nobody'), [])
      })

      it('name a renewed session once, as its successor, also one user\'s', async () => {
        const { store } = await start()
        const key = await renew(store, await signIn(store, 'before'), 'after')
        const predecessor = predecessorOf(await signIn(store, 'adas'), 'ended')
        const eves = await signIn(store, 'eve', { user: 'eve', predecessor })
        const of = async (user: string): Promise<string[]> =>
          handlesIn(await listAll(store, { state: 'live', user, limit: 10 }))
        assert.deepEqual([await of('ada'), await of('eve')], [[key], [eves]])
      })

      it('name the ended sessions with user and reason until the store forgets them', async () => {
        const harness = newHarness()
        const store = await harness.open({ retention: 100 })
        const [ada, eve] = [await signIn(store, 'a'), await signIn(store, 'e', { user: 'eve' })]
        await store.end(ada, 'revoked')
        await harness.advance(10)
        await store.acknowledge((await claimAll(store)).map(({ handle }) => handle))
        const rows = await listAll(store, { state: 'ended', limit: 1 })
        const reasons = rows.map(row => `${row.handle} ${reasonOf(row.session)}`)
        assert.deepEqual(reasons.toSorted(), [`${ada} revoked`, `${eve} idle`].toSorted())
        assert.deepEqual(handlesIn(await listAll(store, { state: 'ended', user: 'eve', limit: 1 })), [eve])
        await harness.advance(101)
        await claimAll(store)
        assert.deepEqual(await listAll(store, { state: 'ended', limit: 10 }), [])
      })

      it('refuse a malformed cursor', async () => {
        const { store } = await start()
        for (const cursor of ['', 'x', '99:1:x', '-1']) {
          const code = 'FST_SESSION_SECURITY_BAD_OPTION'
          await assert.rejects(store.list({ state: 'live', limit: 1, cursor }), { code })
        }
      })
    })

    it('says whether it answers', async () => {
      const { store } = await start()
      assert.equal(await store.check(), undefined)
      assert.equal(store.canList, true)
      assert.ok(await nowOf(store) > 0)
    })
  })
}
