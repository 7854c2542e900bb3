import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Session } from 'fastify'
import type { ActivityStore, ActivityStoreOptions, EndedSession, Fate, Page, PageQuery, Row, Terms, Touched } from '../../src/index.ts'
import { handleOf } from '../../src/store/handle.ts'
import { CLAIM_LEASE_MS } from '../../src/store/store.ts'
import { administrationContract } from './contract-administration.ts'

/** What the suite needs of a store: a fresh one each time, and a way to let its time pass. */
export interface ContractHarness {
  /** `retention` in seconds. Two calls in one test give two nodes on the same data where there can be two. */
  open (options?: ActivityStoreOptions & { readonly retention?: number }): Promise<ActivityStore>
  /** Lets so much time pass for every store that is open. */
  advance (seconds: number): Promise<void>
  /** Sessions, index entries, whatever the store holds at all. */
  held (store: ActivityStore): Promise<number>
}

type Data = Record<string, unknown>

const TERMS: Terms = { protected: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: 30 }
const VISITOR: Terms = { protected: false, warnAfter: 100, expireAfter: 100, absoluteTimeout: false }

/** Runs the contract of store/store.ts against a store. Every store of this package passes it unchanged. */
export function storeContract (name: string, newHarness: () => ContractHarness): void {
  administrationContract(name, newHarness)
  describe(`${name} keeps the store contract`, () => {
    describe('as @fastify/session sees it', () => {
      it('gives back what was saved, and nothing for an id that was never saved', async () => {
        const { store } = await start()
        await set(store, 'id', { user: 'ada', cart: [1, 2], nested: { a: null } })
        assert.deepEqual(plain(await get(store, 'id')), { user: 'ada', cart: [1, 2], nested: { a: null } })
        assert.equal(await get(store, 'other'), null)
      })

      it('keeps values under any name that is not reserved', async () => {
        const { store } = await start()
        const names = ['', '@', '@@', '@x', ' ', 'a b', 'ü', 'toString', 'hasOwnProperty', '0', '\n', 'a\nb', '@:', '@:a%0Ab', 'x\n@\n1 live 1 1 9 9 - eve']
        await set(store, 'id', Object.fromEntries(names.map(name => [name, name])))
        const session = await mustGet(store, 'id')
        Reflect.set(session, '@', 'changed')
        for (const name of ['@@', 'a\nb']) Reflect.deleteProperty(session, name)
        await set(store, 'id', session)
        const expected = Object.fromEntries(names.filter(name => name !== '@@' && name !== 'a\nb').map(name => [name, name === '@' ? 'changed' : name]))
        assert.deepEqual(plain(await get(store, 'id')), expected)
      })

      it('shares no live object: neither what was saved nor what was given out can be changed from outside', async () => {
        const { store } = await start()
        const saved = { user: { name: 'ada' } }
        await set(store, 'id', saved)
        saved.user.name = 'eve'
        const first = await get(store, 'id')
        assert.ok(first !== null)
        Reflect.set(first, 'user', { name: 'eve' })
        assert.deepEqual(plain(await get(store, 'id')), { user: { name: 'ada' } })
      })

      it('calls back after the call has returned, also when the session cannot be written', async () => {
        const { store } = await start()
        let isReturned = false
        const saved = new Promise<unknown>(resolve => store.set('id', asSession({ big: 1n }), error => resolve([isReturned, error])))
        isReturned = true
        const [wasReturned, error] = await saved as [boolean, { code: string }]
        assert.equal(wasReturned, true)
        assert.equal(error.code, 'FST_SESSION_SECURITY_NOT_SERIALIZABLE')
      })

      it('refuses a session that is too large, and keeps the one it has', async () => {
        const harness = newHarness()
        const store = await bound(harness, { maxSessionBytes: 100 })
        await set(store, 'id', { user: 'ada' })
        const session = await mustGet(store, 'id')
        Reflect.set(session, 'text', 'x'.repeat(100))
        await assert.rejects(set(store, 'id', session), { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE' })
        assert.deepEqual(plain(await get(store, 'id')), { user: 'ada' })
      })

      it('stores no cookie', async () => {
        const { store } = await start()
        await set(store, 'id', { user: 'ada', cookie: { originalMaxAge: 1000, path: '/old' } })
        assert.equal(Reflect.get(await mustGet(store, 'id'), 'cookie'), undefined)
      })

      it('hides its record from JSON, so that a stamp is no modification', async () => {
        const { store } = await start()
        await set(store, 'id', { user: 'ada' })
        assert.equal(JSON.stringify(await get(store, 'id')), '{"user":"ada"}')
      })

      it('writes a live session whole when it is created once more: the record stays, fields that are not given go', async () => {
        const { store, handle, harness } = await startProtected('ada')
        await harness.advance(3)
        const { record } = live(await store.find(handle))
        const fate = live(await store.create(handle, { b: '2' }, { ...TERMS, expireAfter: 1000 }))
        assert.deepEqual([fate.record, fate.user], [record, 'ada'])
        assert.deepEqual((await store.load(handle))?.contents, { b: '2' })
        await harness.advance(7)
        assert.equal(await store.load(handle), null)
      })

      it('destroys for good: an id that was destroyed cannot be saved again, whoever still holds it (G2)', async () => {
        const { store } = await start()
        await set(store, 'id', { user: 'ada' })
        const slow = await mustGet(store, 'id')
        await destroy(store, 'id')
        Reflect.set(slow, 'user', 'eve')
        await set(store, 'id', slow)
        await set(store, 'id', { user: 'eve' })
        assert.equal(await get(store, 'id'), null)
      })

      it('keeps both edits of two requests that change different keys (G8)', async () => {
        const { store } = await start()
        await set(store, 'id', { user: 'ada', a: 1, b: 1, gone: 1 })
        const [one, two] = [await mustGet(store, 'id'), await mustGet(store, 'id')]
        Reflect.set(one, 'a', 2)
        Reflect.deleteProperty(one, 'gone')
        Reflect.set(two, 'b', 2)
        await Promise.all([set(store, 'id', one), set(store, 'id', two)])
        assert.deepEqual(plain(await get(store, 'id')), { user: 'ada', a: 2, b: 2 })
      })

      it('refuses the edit that makes a session too large together with another\'s, and goes on with what it has', async () => {
        const store = await bound(newHarness(), { maxSessionBytes: 100 })
        await set(store, 'id', { user: 'ada' })
        const [one, two] = [await mustGet(store, 'id'), await mustGet(store, 'id')]
        Reflect.set(one, 'one', 'x'.repeat(60))
        Reflect.set(two, 'two', 'x'.repeat(60))
        await set(store, 'id', one)
        await assert.rejects(set(store, 'id', two), { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE' })
        const session = await mustGet(store, 'id')
        await set(store, 'id', session)
        assert.deepEqual(plain(session), { user: 'ada', one: 'x'.repeat(60) })
      })

      it('brings no visitor\'s session back that was destroyed (G2)', async () => {
        const { store } = await start()
        await set(store, 'id', { _csrf: 'x' })
        await destroy(store, 'id')
        await set(store, 'id', { user: 'mallory' })
        assert.equal(await get(store, 'id'), null)
      })

      it('keeps the edits of one request that saves twice', async () => {
        const { store } = await start()
        const session = asSession({ user: 'ada' })
        await set(store, 'id', session)
        Reflect.set(session, 'a', 1)
        await set(store, 'id', session)
        Reflect.set(session, 'a', undefined)
        await set(store, 'id', session)
        assert.deepEqual(plain(await get(store, 'id')), { user: 'ada' })
      })

      it('takes a saved copy of another session for a new one, not for that other', async () => {
        const { store } = await start()
        await set(store, 'old', { user: 'ada' })
        const copy = await mustGet(store, 'old')
        await set(store, 'new', copy)
        await destroy(store, 'old')
        assert.deepEqual(plain(await get(store, 'new')), { user: 'ada' })
      })

      it('starts the clock of a session when it first holds data of its own, and only then', async () => {
        const { store, harness } = await start()
        await set(store, 'id', { _csrf: 'secret' })
        await harness.advance(60)
        const session = await mustGet(store, 'id')
        Reflect.set(session, 'user', 'ada')
        await set(store, 'id', session)
        await harness.advance(9)
        assert.deepEqual(plain(await get(store, 'id')), { _csrf: 'secret', user: 'ada' })
        await harness.advance(1)
        assert.equal(await get(store, 'id'), null)
      })

      it('lets a visitor\'s session live as long as its cookie, at most a day', async () => {
        const { store, harness } = await start()
        await set(store, 'short', { _csrf: 'x', cookie: { originalMaxAge: 60_000 } })
        await set(store, 'long', { _csrf: 'x', cookie: { originalMaxAge: 30 * 86_400_000 } })
        await harness.advance(61)
        assert.equal(await get(store, 'short'), null)
        await harness.advance(86_000)
        assert.notEqual(await get(store, 'long'), null)
        await harness.advance(400)
        assert.equal(await get(store, 'long'), null)
      })
    })

    describe('deadlines', () => {
      it('hands out no session past its idle deadline, though nobody has swept (G4)', async () => {
        const { store, handle, harness } = await startProtected()
        await harness.advance(9.9)
        assert.notEqual(await store.load(handle), null)
        await harness.advance(0.1)
        assert.equal(await store.load(handle), null)
        assert.equal(reasonOf(await store.find(handle)), 'idle')
      })

      it('ends a session at its absolute deadline, however active it is (G12)', async () => {
        const { store, handle, harness } = await startProtected()
        for (let elapsed = 0; elapsed < 30; elapsed += 5) {
          assert.equal((await touchNow(store, handle)).state, 'touched')
          await harness.advance(5)
        }
        assert.equal((await touchNow(store, handle)).state, 'ended')
        assert.equal(reasonOf(await store.find(handle)), 'absolute')
      })

      it('extends nothing when a session is read, saved unchanged, or saved with changes (G3)', async () => {
        const { store, harness } = await start()
        await set(store, 'id', { user: 'ada' })
        for (let elapsed = 0; elapsed < 9; elapsed += 3) {
          await harness.advance(3)
          const session = await mustGet(store, 'id')
          await set(store, 'id', session)
          Reflect.set(session, 'a', elapsed)
          await set(store, 'id', session)
        }
        await harness.advance(1)
        assert.equal(await get(store, 'id'), null)
      })

      it('drops a write that comes after the deadline, though nobody has swept (G2)', async () => {
        const { store, handle, harness } = await startProtected()
        await harness.advance(10)
        assert.equal((await store.update(handle, { set: { a: '1' }, remove: [] })).state, 'ended')
        assert.equal((await store.create(handle, { a: '1' }, TERMS)).state, 'ended')
        assert.equal((await store.touch(handle, Number.MAX_SAFE_INTEGER, { ...TERMS, expireAfter: 1000, absoluteTimeout: false })).state, 'ended')
        assert.equal((await store.settle(handle, { terms: { ...TERMS, expireAfter: 1000, absoluteTimeout: false }, startedAtMs: 'now' })).state, 'ended')
        assert.equal(await store.load(handle), null)
      })
    })

    describe('activity', () => {
      it('never moves back, in whatever order claims come (G1)', async () => {
        const { store, handle, harness } = await startProtected()
        await harness.advance(6)
        const nowMs = await nowOf(store, handle)
        for (const ago of [4000, 1000, 5000, 3000]) await store.touch(handle, nowMs - ago, TERMS)
        assert.equal(await activityOf(store, handle), nowMs - 1000)
      })

      it('says into which activity it was merged, so that of several at once one alone finds the session idle', async () => {
        const { store, handle, harness } = await startProtected()
        const startedMs = await activityOf(store, handle)
        await harness.advance(6)
        const nowMs = await nowOf(store, handle)
        const touched = await Promise.all([1000, 1000, 1000].map(async ago => await store.touch(handle, nowMs - ago)))
        assert.deepEqual(touched.map(fate => fate.state === 'touched' && [fate.beforeMs, fate.lastActivityMs]), [startedMs, nowMs - 1000, nowMs - 1000].map(beforeMs => [beforeMs, nowMs - 1000]))
        await store.create('visitor', { _csrf: '"x"' }, VISITOR)
        assert.equal((await store.touch('visitor', nowMs)).state, 'live')
      })

      it('never lies in the future', async () => {
        const { store, handle } = await startProtected()
        const nowMs = await nowOf(store, handle)
        await store.touch(handle, nowMs + 3_600_000, TERMS)
        const fate = live(await store.find(handle))
        assert.ok(fate.record.lastActivityMs <= fate.nowMs)
      })

      it('gives the session the terms of the activity, also stricter ones', async () => {
        const { store, handle, harness } = await startProtected()
        await store.touch(handle, await nowOf(store, handle), { ...TERMS, warnAfter: 1, expireAfter: 2 })
        await harness.advance(2)
        assert.equal(await store.load(handle), null)
        assert.deepEqual((await claimAll(store)).map(ended => ended.handle), [handle], 'the sweep is not late')
      })

      it('leaves the terms as they stand when it is given none', async () => {
        const { store, handle } = await startProtected()
        await store.touch(handle, await nowOf(store, handle), { ...TERMS, expireAfter: 7 })
        await store.touch(handle, await nowOf(store, handle))
        assert.equal(live(await store.find(handle)).record.expireAfter, 7)
      })

      it('does nothing to a visitor\'s session, and nothing for a handle that is unknown', async () => {
        const { store } = await start()
        await store.create('visitor', { _csrf: '"x"' }, VISITOR)
        const before = live(await store.find('visitor')).record
        await store.touch('visitor', before.lastActivityMs + 1000, TERMS)
        assert.deepEqual(live(await store.find('visitor')).record, before)
        assert.deepEqual(await touchNow(store, 'unknown'), { state: 'unknown' })
        assert.deepEqual(await store.find('unknown'), { state: 'unknown' })
      })
    })

    describe('settling', () => {
      it('names the user, and starts the clock of a session that was a visitor\'s', async () => {
        const { store, harness } = await start()
        await store.create('s', {}, VISITOR)
        await harness.advance(50)
        const fate = live(await store.settle('s', { terms: TERMS, user: 'ada' }))
        assert.equal(fate.user, 'ada')
        assert.equal(fate.record.startedAtMs, fate.nowMs)
        assert.equal(fate.record.lastActivityMs, fate.nowMs)
      })

      it('carries the start of the session over to the one that replaces it, and tells no end of the replaced', async () => {
        const { store, handle, harness } = await startProtected()
        await harness.advance(8)
        const { record: { startedAtMs } } = live(await store.find(handle))
        await store.end(handle, 'logout')
        await store.create('heir', { user: '"ada"' }, TERMS)
        const fate = live(await store.settle('heir', { terms: TERMS, startedAtMs, replaces: handle }))
        assert.equal(fate.record.startedAtMs, startedAtMs)
        assert.deepEqual(await store.find(handle), { state: 'replaced', by: 'heir' })
        await harness.advance(CLAIM_LEASE_MS / 1000)
        assert.deepEqual((await claimAll(store)).map(ended => ended.handle), ['heir'])
      })

      it('ends the heir of a session that somebody else had ended (G2)', async () => {
        const { store, handle } = await startProtected()
        await store.end(handle, 'revoked')
        await store.end(handle, 'logout')
        await store.create('heir', { user: '"ada"' }, TERMS)
        const fate = await store.settle('heir', { terms: TERMS, replaces: handle })
        assert.equal(reasonOf(fate), 'revoked')
        assert.equal(await store.load('heir'), null)
      })

      it('ends the heir of a session that was revoked and nothing else', async () => {
        const { store, handle } = await startProtected()
        await store.end(handle, 'revoked')
        await store.create('heir', { user: '"ada"' }, TERMS)
        assert.equal(reasonOf(await store.settle('heir', { terms: TERMS, replaces: handle })), 'revoked')
      })

      it('ends the heir of a session that was signed out while it was being renewed (G2)', async () => {
        const { store, handle } = await startProtected()
        await store.end(handle, 'logout')
        await store.end(handle, 'logout')
        await store.create('heir', { user: '"ada"' }, TERMS)
        assert.equal(reasonOf(await store.settle('heir', { terms: TERMS, replaces: handle })), 'logout')
      })

      it('ends the heir when the session that it continues is ended once more (G2)', async () => {
        const { store, handle } = await startProtected()
        await store.end(handle, 'logout')
        await store.create('heir', { user: '"ada"' }, TERMS)
        await store.settle('heir', { terms: TERMS, replaces: handle })
        assert.equal((await store.end(handle, 'revoked'))?.handle, 'heir')
        assert.equal(reasonOf(await store.find('heir')), 'revoked')
      })

      it('ends a renewal of a session that somebody else renewed before, when that renewal has ended since (G2)', async () => {
        const { store, handle } = await startProtected()
        await store.end(handle, 'logout')
        await store.create('first', { user: '"ada"' }, TERMS)
        await store.settle('first', { terms: TERMS, replaces: handle })
        await store.end('first', 'revoked')
        await store.end(handle, 'logout')
        await store.create('second', { user: '"ada"' }, TERMS)
        assert.equal(reasonOf(await store.settle('second', { terms: TERMS, replaces: handle })), 'revoked')
      })

      it('leaves nobody a session that was renewed, though it could not be ended first (G2)', async () => {
        const { store, handle, harness } = await startProtected('ada')
        await store.create('heir', { user: '"ada"' }, TERMS)
        await store.settle('heir', { terms: TERMS, replaces: handle })
        assert.equal(await store.load(handle), null)
        assert.deepEqual(await store.find(handle), { state: 'replaced', by: 'heir' })
        await harness.advance(10)
        assert.deepEqual((await claimAll(store)).map(ended => ended.handle), ['heir'])
      })

      it('does not go on with what nobody knows any more (G2)', async () => {
        const { store } = await start()
        await store.create('heir', { user: '"ada"' }, TERMS)
        assert.equal((await store.settle('heir', { terms: TERMS, replaces: handleOf('forgotten') })).state, 'ended')
      })

      it('takes no start that lies in the future', async () => {
        const { store, handle } = await startProtected()
        const nowMs = await nowOf(store, handle)
        const fate = live(await store.settle(handle, { terms: TERMS, startedAtMs: nowMs + 3_600_000 }))
        assert.ok(fate.record.startedAtMs <= fate.nowMs)
      })

      it('restarts the absolute deadline when told to', async () => {
        const { store, handle, harness } = await startProtected()
        await harness.advance(9)
        const fate = live(await store.settle(handle, { terms: TERMS, startedAtMs: 'now' }))
        assert.equal(fate.record.startedAtMs, fate.nowMs)
      })
    })

    describe('ends', () => {
      it('ends once: the first reason stands, and only who ended it is told so', async () => {
        const { store, handle } = await startProtected()
        const ended = await Promise.all([store.end(handle, 'revoked'), store.end(handle, 'logout')])
        assert.deepEqual(ended.map(end => end?.reason), ['revoked', undefined])
        assert.equal(reasonOf(await store.find(handle)), 'revoked')
      })

      it('gives the end of one session to one claimer', async () => {
        const { store, handle } = await startProtected()
        await store.end(handle, 'logout')
        const claims = await Promise.all([store.claim(handle), store.claim(handle)])
        assert.equal(claims.filter(claim => claim !== null).length, 1)
        assert.equal(await store.claim('unknown'), null)
      })

      it('claims no session that is alive, and one past its deadline that nobody has come across', async () => {
        const { store, handle, harness } = await startProtected()
        assert.equal(await store.claim(handle), null)
        assert.notEqual(await store.load(handle), null)
        await harness.advance(10)
        assert.equal((await store.claim(handle))?.reason, 'idle')
        assert.equal(await store.claim(handle), null)
        assert.deepEqual(await claimAll(store), [])
      })

      it('holds a claim for its whole lease, from the claim on', async () => {
        const { store, handle, harness } = await startProtected()
        await store.end(handle, 'revoked')
        await harness.advance(CLAIM_LEASE_MS / 2000)
        await store.claim(handle)
        await harness.advance(CLAIM_LEASE_MS / 1000 - 1)
        assert.deepEqual(await claimAll(store), [])
        await harness.advance(1)
        assert.deepEqual((await claimAll(store)).map(ended => ended.handle), [handle])
      })

      it('tells when a session began, was last active and ended: the deadline, not the moment of the sweep', async () => {
        const { store, handle, harness } = await startProtected('ada')
        const { record: { startedAtMs } } = live(await store.find(handle))
        await harness.advance(4)
        await touchNow(store, handle)
        await harness.advance(100)
        assert.deepEqual(await claimAll(store), [{ handle, user: 'ada', reason: 'idle', startedAtMs, lastActivityMs: startedAtMs + 4000, endedAtMs: startedAtMs + 14_000 }])
      })

      it('claims each due session once, in batches no larger than asked for', async () => {
        const { store, harness } = await start()
        for (let i = 0; i < 25; i++) {
          await store.create(`s${i}`, { user: '1' }, TERMS)
          await harness.advance(0.01)
        }
        await harness.advance(11)
        const seen: string[] = []
        for (let more = true; more;) {
          const batch = await store.claimDue(10)
          assert.ok(batch.sessions.length <= 10)
          seen.push(...batch.sessions.map(ended => ended.handle))
          more = batch.more
        }
        assert.deepEqual(seen.toSorted(), Array.from({ length: 25 }, (_, i) => `s${i}`).toSorted())
      })

      it('takes no more than asked for, of those that are taken over and those that are new together', async () => {
        const { store, harness } = await start()
        for (let i = 0; i < 12; i++) await store.create(`s${i}`, { user: '1' }, { ...TERMS, expireAfter: i < 6 ? 6 : 6 + CLAIM_LEASE_MS / 1000 })
        await harness.advance(6)
        assert.equal((await claimAll(store)).length, 6)
        await harness.advance(CLAIM_LEASE_MS / 1000)
        let count = 0
        for (let more = true; more;) {
          const batch = await store.claimDue(4)
          assert.ok(batch.sessions.length <= 4)
          count += batch.sessions.length
          more = batch.more
        }
        assert.equal(count, 12)
      })

      it('does not claim what has been touched since', async () => {
        const { store, handle, harness } = await startProtected()
        await harness.advance(9)
        await touchNow(store, handle)
        await harness.advance(9)
        assert.deepEqual(await claimAll(store), [])
        assert.notEqual(await store.load(handle), null)
      })

      it('shares the due sessions among those who claim at once, without telling one twice (G6)', async () => {
        const harness = newHarness()
        const store = await bound(harness)
        for (let i = 0; i < 50; i++) await store.create(`s${i}`, { user: '1' }, TERMS)
        await harness.advance(11)
        const claims = await Promise.all(Array.from({ length: 10 }, () => store.claimDue(5)))
        const handles = claims.flatMap(({ sessions }) => sessions.map(ended => ended.handle))
        assert.equal(handles.length, 50)
        assert.equal(new Set(handles).size, 50)
      })

      it('gives a claim that nobody acknowledged to the next one, after the lease (G6)', async () => {
        const { store, handle, harness } = await startProtected()
        await harness.advance(10)
        assert.equal((await claimAll(store)).length, 1)
        await harness.advance(CLAIM_LEASE_MS / 1000 - 1)
        assert.deepEqual(await claimAll(store), [])
        await harness.advance(1)
        assert.deepEqual((await claimAll(store)).map(ended => ended.handle), [handle])
      })

      it('finds the end that whoever caused it never told, after the lease (G6)', async () => {
        const { store, handle, harness } = await startProtected()
        await store.end(handle, 'revoked')
        assert.deepEqual(await claimAll(store), [])
        await harness.advance(CLAIM_LEASE_MS / 1000)
        assert.deepEqual((await claimAll(store)).map(ended => ended.reason), ['revoked'])
      })

      it('never gives an acknowledged end again', async () => {
        const { store, handle, harness } = await startProtected()
        await harness.advance(10)
        await claimAll(store)
        await store.acknowledge([handle, 'unknown'])
        await harness.advance(2 * CLAIM_LEASE_MS / 1000)
        assert.deepEqual(await claimAll(store), [])
        assert.equal(await store.claim(handle), null)
      })

      it('tells nothing of a visitor\'s session that goes', async () => {
        const { store, harness } = await start()
        await store.create('v', {}, VISITOR)
        await store.create('w', {}, VISITOR)
        assert.equal(await store.end('w', 'logout'), null)
        await harness.advance(100)
        assert.deepEqual(await claimAll(store), [])
        assert.deepEqual(await store.find('v'), { state: 'unknown' })
      })

      it('keeps the contents of no session that ended, and after the retention nothing at all', async () => {
        const harness = newHarness()
        const store = await bound(harness, { retention: 1000 })
        for (let i = 0; i < 5; i++) await store.create(`s${i}`, { user: '1' }, i % 2 === 0 ? TERMS : VISITOR)
        await harness.advance(100)
        const ended = await claimAll(store)
        await store.acknowledge(ended.map(({ handle }) => handle))
        assert.equal(reasonOf(await store.find('s0')), 'idle')
        await harness.advance(1001)
        await claimAll(store)
        assert.deepEqual(await store.find('s0'), { state: 'unknown' })
        assert.equal(await harness.held(store), 0)
      })
    })

    describe('lists', () => {
      it('names all live sessions, page by page, each once, and neither visitors nor those past their deadline', async () => {
        const { store, harness } = await start()
        await store.create(handleOf('early'), { user: '1' }, { ...TERMS, expireAfter: 6 })
        await store.create(handleOf('visitor'), {}, VISITOR)
        const handles = Array.from({ length: 45 }, (_, i) => handleOf(`s${i}`))
        for (const handle of handles) await store.create(handle, { user: '1' }, TERMS)
        await harness.advance(6)
        const listed = await listAll(store, { state: 'live', limit: 10 })
        assert.deepEqual(listed.map(row => row.handle).toSorted(), handles.toSorted())
        assert.deepEqual([...new Set(listed.map(row => live(row.fate).record.expireAfter))], [10])
      })

      it('goes on where it was when sessions ended, began or were touched between two pages', async () => {
        const { store, harness } = await start()
        const handles = Array.from({ length: 40 }, (_, i) => handleOf(`s${i}`))
        for (const handle of handles) await store.create(handle, { user: '1' }, TERMS)
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
          await store.create(handleOf(`new${seen.length}`), { user: '1' }, TERMS)
          await touchNow(store, seen[0] ?? '')
        }
        for (const handle of handles) assert.ok(seen.includes(handle) || gone.includes(handle))
      })

      it('names the live sessions of one user, whoever that is', async () => {
        const { store } = await start()
        for (const [i, user] of ['ada', 'ada lovelace', '-', 'ada', 'Ünicode {x} : * %41', 'ada'].entries()) {
          await store.create(handleOf(`s${i}`), { user: '1' }, TERMS)
          await store.settle(handleOf(`s${i}`), { terms: TERMS, user })
        }
        await store.end(handleOf('s5'), 'logout')
        const of = async (user: string): Promise<string[]> => (await listAll(store, { state: 'live', user, limit: 100 })).map(row => row.handle).toSorted()
        assert.deepEqual(await of('ada'), [handleOf('s0'), handleOf('s3')].toSorted())
        assert.deepEqual(await of('ada lovelace'), [handleOf('s1')])
        assert.deepEqual(await of('-'), [handleOf('s2')])
        assert.deepEqual(await of('Ünicode {x} : * %41'), [handleOf('s4')])
        assert.deepEqual(await of('nobody'), [])
      })

      it('follows a session whose user changes', async () => {
        const { store, handle } = await startProtected('ada')
        await store.settle(handle, { terms: TERMS, user: 'eve' })
        assert.deepEqual(await listAll(store, { state: 'live', user: 'ada', limit: 10 }), [])
        assert.deepEqual((await listAll(store, { state: 'live', user: 'eve', limit: 10 })).map(row => row.handle), [handle])
      })

      it('names the ended sessions with user and reason, told or not, until they are forgotten', async () => {
        const harness = newHarness()
        const store = await bound(harness, { retention: 100 })
        for (const user of ['ada', 'eve']) {
          await store.create(handleOf(user), { user: '1' }, TERMS)
          await store.settle(handleOf(user), { terms: TERMS, user })
        }
        await store.end(handleOf('ada'), 'revoked')
        await harness.advance(10)
        const ends = await claimAll(store)
        await store.acknowledge(ends.map(({ handle }) => handle))
        const reasons = (await listAll(store, { state: 'ended', limit: 1 })).map(row => `${row.handle} ${reasonOf(row.fate)}`)
        assert.deepEqual(reasons.toSorted(), [`${handleOf('ada')} revoked`, `${handleOf('eve')} idle`].toSorted())
        assert.deepEqual((await listAll(store, { state: 'ended', user: 'eve', limit: 1 })).map(row => row.handle), [handleOf('eve')])
        await harness.advance(101)
        await claimAll(store)
        assert.deepEqual(await listAll(store, { state: 'ended', limit: 10 }), [])
      })

      it('refuses a cursor that is none', async () => {
        const { store } = await start()
        for (const cursor of ['', 'x', '99:1:x', '-1']) {
          await assert.rejects(store.list({ state: 'live', limit: 1, cursor }), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
        }
      })
    })

    it('can be asked whether it can be asked', async () => {
      const { store } = await start()
      assert.equal(await store.check(), undefined)
    })
  })

  async function start (): Promise<{ store: ActivityStore, harness: ContractHarness }> {
    const harness = newHarness()
    return { store: await bound(harness), harness }
  }

  async function startProtected (user?: string): Promise<{ store: ActivityStore, harness: ContractHarness, handle: string }> {
    const { store, harness } = await start()
    const handle = handleOf('id')
    await store.create(handle, { user: '"ada"' }, TERMS)
    if (user !== undefined) await store.settle(handle, { terms: TERMS, user })
    return { store, harness, handle }
  }
}

async function bound (harness: ContractHarness, options: Parameters<ContractHarness['open']>[0] = {}): Promise<ActivityStore> {
  const store = await harness.open(options)
  store.bind(TERMS)
  return store
}

/** Claims until nothing is due. */
async function claimAll (store: ActivityStore): Promise<EndedSession[]> {
  const claimed: EndedSession[] = []
  for (let more = true; more;) {
    const batch = await store.claimDue(100)
    claimed.push(...batch.sessions)
    more = batch.more
  }
  return claimed
}

async function listAll (store: ActivityStore, query: PageQuery): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    assert.ok(page.rows.length <= query.limit)
    rows.push(...page.rows)
    cursor = page.cursor
  }
  return rows
}

function live (fate: Fate): Extract<Fate, { state: 'live' }> {
  assert.equal(fate.state, 'live')
  return fate as Extract<Fate, { state: 'live' }>
}

function reasonOf (fate: Fate): string | undefined {
  return fate.state === 'ended' ? fate.ended.reason : undefined
}

async function nowOf (store: ActivityStore, handle: string): Promise<number> {
  return live(await store.find(handle)).nowMs
}

async function activityOf (store: ActivityStore, handle: string): Promise<number> {
  return live(await store.find(handle)).record.lastActivityMs
}

async function touchNow (store: ActivityStore, handle: string): Promise<Touched> {
  const fate = await store.find(handle)
  return await store.touch(handle, fate.state === 'live' ? fate.nowMs : 0, TERMS)
}

function asSession (data: Data): Session {
  return data as unknown as Session
}

function plain (session: Session | null): unknown {
  return session === null ? null : JSON.parse(JSON.stringify(session))
}

function get (store: ActivityStore, id: string): Promise<Session | null> {
  return new Promise((resolve, reject) => store.get(id, (error, session) => error == null ? resolve(session ?? null) : reject(error)))
}

async function mustGet (store: ActivityStore, id: string): Promise<Session> {
  const session = await get(store, id)
  assert.ok(session !== null)
  return session
}

function set (store: ActivityStore, id: string, session: Data | Session): Promise<void> {
  return new Promise((resolve, reject) => store.set(id, session as Session, error => error == null ? resolve() : reject(error)))
}

function destroy (store: ActivityStore, id: string): Promise<void> {
  return new Promise((resolve, reject) => store.destroy(id, error => error == null ? resolve() : reject(error)))
}
