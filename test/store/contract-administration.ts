import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Terms } from '../../src/core/terms.ts'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { findSession, listSessions } from '../../src/store/administration.ts'
import { endAll } from '../../src/store/ending.ts'
import type { Beginning, EndedSession, ListedState, PageQuery, SessionKey } from '../../src/store/store.ts'
import type { TokenQuery, TokenRecord } from '../../src/store/token-store.ts'
import type { ContractHarness, Started } from './contract-kit.ts'
import {
  AT_ONCE, alive, beginAnonymous, claimAll, handlesIn, predecessorOf, keyFor, listAll, nowOf, reasonsIn,
  renew as renewWith, signIn as signInWith, stateOf, statesOf, start as startWith
} from './contract-kit.ts'

const TERMS: Terms = { isAuthenticated: true, warnAfter: 50, expireAfter: 100, absoluteTimeout: 3000 }
const BAD_OPTION = { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
const LONG: Terms = { ...TERMS, expireAfter: 1000 }

/** The part of the contract that administration builds on. */
export function administrationContract (name: string, newHarness: () => ContractHarness): void {
  const start = async (): Promise<Started> => await startWith(newHarness)

  describe(`${name} keeps the contract of administration`, () => {
    describe('lists in order', () => {
      for (const order of ['ends-first', 'ends-last'] as const) {
        it(`names every live session once, the ${order} first, however small the pages`, async () => {
          const { store, harness } = await start()
          const handles: string[] = []
          for (let i = 0; i < 40; i++) {
            handles.push(await signIn(store, `s${i}`, i % 2 === 0 ? 'ada' : 'eve', { terms: LONG }))
            if (i % 4 === 3) await harness.advance(11) // more than an index may lag
          }
          const seen = (await listAll(store, { state: 'live', order, limit: 7 })).map(row => row.handle)
          assert.deepEqual(seen.toSorted(), handles.toSorted())
          const groups = Array.from({ length: 10 }, (_, i) => seen.slice(4 * i, 4 * i + 4).toSorted())
          const expected = Array.from({ length: 10 }, (_, i) => handles.slice(4 * i, 4 * i + 4).toSorted())
          assert.deepEqual(groups, order === 'ends-first' ? expected : expected.reverse())
          const hers = (await listAll(store, { state: 'live', user: 'ada', order, limit: 3 })).map(row => row.handle)
          assert.deepEqual(hers.toSorted(), handles.filter((_handle, i) => i % 2 === 0).toSorted())
        })

        it(`names every ended session once, the ${order} first, also one user's`, async () => {
          const { store, harness } = await start()
          const handles: string[] = []
          for (let i = 0; i < 20; i++) handles.push(await signIn(store, `s${i}`, i % 2 === 0 ? 'ada' : 'eve'))
          for (const handle of handles) {
            await store.end(handle, 'revoked')
            await harness.advance(1)
          }
          const inOrder = (list: string[]): string[] => order === 'ends-first' ? list : list.toReversed()
          const all = (await listAll(store, { state: 'ended', order, limit: 3 })).map(row => row.handle)
          assert.deepEqual(all, inOrder(handles))
          const hers = (await listAll(store, { state: 'ended', user: 'ada', order, limit: 3 })).map(row => row.handle)
          assert.deepEqual(hers, inOrder(handles.filter((_handle, i) => i % 2 === 0)))
          assert.deepEqual(await listAll(store, { state: 'live', user: 'ada', limit: 3 }), [])
        })
      }

      for (const order of ['ends-first', 'ends-last', undefined] as const) {
        it(`continues when sessions have ended since the page before (${order ?? 'in no order'})`, async () => {
          const { store, harness } = await start()
          for (let i = 0; i < 80; i++) await signIn(store, `early ${i}`)
          await harness.advance(60)
          const late = await Promise.all(Array.from({ length: 40 }, async (_, i) => await signIn(store, `late ${i}`)))
          const query: PageQuery = { state: 'live', limit: 3, ...(order === undefined ? {} : { order }) }
          const first = await store.list({ ...query, limit: 1 })
          await harness.advance(55) // the early ones are over, by more than an index may lag, and nobody has swept
          assert.ok(first.cursor !== null)
          const further = await listAll(store, { ...query, cursor: first.cursor })
          const seen = handlesIn([...first.rows, ...further])
          assert.deepEqual(late.filter(handle => !seen.includes(handle)), [])
        })
      }

      it('comes to an end when very many sessions end at the same moment', async () => {
        const { store } = await start()
        for (let i = 0; i < 300; i++) await signIn(store, `s${i}`, 'ada')
        for (const order of ['ends-first', 'ends-last'] as const) {
          const seen = (await listAll(store, { state: 'live', order, limit: 1 })).map(row => row.handle)
          assert.equal(new Set(seen).size, 300)
          assert.equal(seen.length, 300)
        }
      })

      it('refuses a malformed cursor, and one of a list without an order', async () => {
        const { store } = await start()
        for (let i = 0; i < 20; i++) await signIn(store, `s${i}`)
        const { cursor } = await store.list({ state: 'live', limit: 1 })
        for (const bad of ['', 'x', '~', '~x:y', '-1', '0.99:1:x', ...name === 'RedisStore' ? [String(cursor)] : []]) {
          await assert.rejects(
            store.list({ state: 'live', order: 'ends-last', limit: 1, cursor: bad }), BAD_OPTION, bad
          )
        }
      })
    })

    it('lists an expired session as ended before a sweep comes across it, and changes nothing', async () => {
      const { store, harness } = await start()
      const expired = await signIn(store, 'expired')
      await harness.advance(60)
      const alive = await signIn(store, 'alive')
      const revoked = await signIn(store, 'revoked')
      await store.end(revoked, 'revoked')
      await beginAnonymous(store, 'anonymous')
      await harness.advance(60)
      for (const user of [undefined, 'ada']) {
        const query = { limit: 10, ...(user === undefined ? {} : { user }) }
        const of = async (state: ListedState): Promise<string[]> => handlesIn(await listAll(store, { state, ...query }))
        assert.deepEqual(await of('expired'), [expired])
        assert.deepEqual(await of('live'), [alive])
        assert.deepEqual((await of('ended')).toSorted(), [expired, revoked].toSorted())
      }
      const [row] = await listAll(store, { state: 'expired', limit: 10 })
      assert.equal(row?.session.state === 'ended' ? row.session.ended.reason : row?.session.state, 'idle')
      assert.deepEqual(await store.stats(), { live: 1, ended: 2, expired: 1, pending: 2, lag: 20 })
      const { sessions } = await store.claimEnds(10)
      assert.equal(sessions.length, 2) // the revoked one's lease is over
      await store.acknowledge(sessions.map(session => session.handle))
      assert.deepEqual(await store.stats(), { live: 1, ended: 2, expired: 0, pending: 0, lag: 0 })
    })

    it('shows a session as administration does: ended, renewed, unknown, and an anonymous one', async () => {
      const { store, harness } = await start()
      const device = { address: '203.0.113.7', userAgent: 'Mozilla/5.0 (X; "%20" ü) - <b>' }
      const key = await signIn(store, 's', 'ada', { device })
      await harness.advance(10)
      const shown = await findSession(store, key)
      assert.ok(shown?.state === 'live')
      assert.deepEqual([shown.user, shown.address, shown.userAgent], ['ada', device.address, device.userAgent])
      assert.deepEqual([shown.idleFor, shown.expiresIn, shown.endsBy, 'device' in shown], [10, 90, 'idle', false])
      const other = await signIn(store, 'other', 'eve', { device: { address: '::1' } })
      await store.end(other, 'revoked')
      const ended = await findSession(store, other)
      assert.ok(ended?.state === 'ended')
      assert.deepEqual([ended.user, ended.address, ended.userAgent], ['eve', '::1', undefined])
      assert.deepEqual([ended.reason, 'device' in ended], ['revoked', false])
      assert.equal(await findSession(store, await beginAnonymous(store, 'anonymous')), null)
      assert.equal(await findSession(store, keyFor(store, 'none', 'ada')), null)
    })

    it('shows the successor of a renewed session: a live one, or else an ended one', async () => {
      const { store } = await start()
      const old = await signIn(store, 'old')
      const left = await renew(store, old, 'left')
      const right = await renew(store, await renew(store, old, 'middle'), 'right')
      await store.end(left, 'revoked')
      assert.equal((await findSession(store, old))?.handle, right)
      await store.end(right, 'logout')
      const ended = await findSession(store, old)
      assert.equal(ended?.state, 'ended')
      assert.ok([left, right].includes(ended.handle))
      const anonymous = await beginAnonymous(store, 'v')
      await beginAnonymous(store, 'w', {}, predecessorOf(anonymous, 'renewed'))
      assert.equal(await findSession(store, anonymous), null)
    })

    it('keeps the device of a session through activities, edits, its end and its claim', async () => {
      const { store, harness } = await start()
      const device = { address: '203.0.113.7', userAgent: 'x' }
      const key = await signIn(store, 's', 'ada', { device })
      await store.recordActivity(key, 0, { ...TERMS, expireAfter: 90 })
      await store.update(key, { set: { a: '1' }, remove: [] })
      await store.load(key, AT_ONCE)
      assert.deepEqual(alive(await store.load(key, null)).device, device)
      await renew(store, key, 'renewed', { device: { userAgent: 'y' } })
      await harness.advance(100)
      assert.deepEqual((await store.claimEnds(10)).sessions[0]?.device, { userAgent: 'y' })
    })

    it('lists live and ended ones one after the other when all are asked for', async () => {
      const { store } = await start()
      const handles = await Promise.all(Array.from({ length: 9 }, async (_, i) => await signIn(store, `s${i}`, 'ada')))
      for (const handle of handles.slice(0, 4)) await store.end(handle, 'revoked')
      const seen: string[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const from = cursor === undefined ? {} : { cursor }
        const page = await listSessions(store, { user: 'ada', state: 'all', limit: 2, ...from })
        seen.push(...page.sessions.map(session => session.state))
        cursor = page.cursor
      }
      assert.deepEqual(seen, [...Array(5).fill('live'), ...Array(4).fill('ended')])
      await assert.rejects(listSessions(store, { state: 'all', cursor: 'due' }), BAD_OPTION)
    })

    describe('ends all sessions of a user', () => {
      it('with a reason, without the spared sessions and those of other users', async () => {
        const { store, harness } = await start()
        const hers: string[] = []
        for (let i = 0; i < 30; i++) hers.push(await signIn(store, `ada${i}`))
        const eves = await signIn(store, 'eve', 'eve')
        const [spared = ''] = hers
        const ended = await store.endUser('ada', 'revoked', { except: [spared] })
        assert.deepEqual(reasonsIn(ended), hers.slice(1).map(handle => `${handle} revoked`).toSorted())
        assert.deepEqual([await stateOf(store, spared), await stateOf(store, eves)], ['live', 'live'])
        await harness.advance(1)
        await store.acknowledge(ended.map(({ handle }) => handle)) // they were claimed for the caller
        assert.deepEqual(await claimAll(store), [])
      })

      it('also renewed ones, however often, by any of their handles', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const left = await renew(store, old, 'left')
        const right = await renew(store, await renew(store, old, 'middle'), 'right')
        const ended = await store.endUser('ada', 'revoked')
        assert.deepEqual(ended.map(row => row.handle).toSorted(), [left, right].toSorted())
        assert.deepEqual(await statesOf(store, left, right), ['ended', 'ended'])
      })

      it('also sessions that are renewed meanwhile', async () => {
        const { store } = await start()
        const keys: string[] = []
        for (let i = 0; i < 20; i++) keys.push(await signIn(store, `s${i}`))
        const [ended] = await Promise.all([
          store.endUser('ada', 'revoked'),
          ...keys.map(async (key, i) => await store.begin(keyFor(store, `renewed ${i}`, 'ada'), {
            contents: {}, terms: TERMS, user: 'ada', predecessor: predecessorOf(key, 'renewed')
          }))
        ])
        assert.equal(ended.length, 20)
        assert.equal((await store.stats()).live, 0)
      })

      it('but spares the successor of a spared session, and not its twins', async () => {
        const { store, harness } = await start()
        for (let i = 0; i < 8; i++) { // in any order of the shards
          const spared = await signIn(store, `spared ${i}`)
          const also = await renew(store, spared, `also ${i}`)
          const last = await renew(store, await renew(store, spared, `renewed ${i}`), `last ${i}`)
          const further = await renew(store, also, `further ${i}`)
          assert.deepEqual(handlesIn(await store.endUser('ada', 'revoked', { except: [spared] })), [last])
          assert.deepEqual(await statesOf(store, further, last), ['live', 'ended'])
          await store.end(further, 'revoked')
          await harness.advance(1)
        }
      })

      it('but spares a session by the handle of its predecessor', async () => {
        const { store } = await start()
        const key = await renew(store, await signIn(store, 'before'), 'after')
        assert.deepEqual(await store.endUser('ada', 'revoked', { except: [key] }), [])
        assert.equal(await stateOf(store, key), 'live')
      })

      it('but not the successor of another user', async () => {
        const { store } = await start()
        const key = await renew(store, await signIn(store, 'before'), 'after', { user: 'eve' })
        assert.deepEqual(await store.endUser('ada', 'revoked'), [])
        assert.equal(await stateOf(store, key), 'live')
      })

      it('by an old handle too, at the end of a long row of renewals', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        let last = old
        for (let i = 1; i < 100; i++) last = await renew(store, last, `renewed ${i}`)
        assert.equal((await findSession(store, old))?.handle, last)
        assert.deepEqual(handlesIn(await store.end(old, 'revoked')), [last])
      })

      it('or of all users, but no anonymous sessions', async () => {
        const { store } = await start()
        for (let i = 0; i < 50; i++) await signIn(store, `s${i}`, `user ${i}`)
        await renew(store, await signIn(store, 'before'), 'after')
        const anonymous = await beginAnonymous(store, 'anonymous')
        const ended: EndedSession[] = []
        for await (const batch of endAll(store, 'revoked')) ended.push(...batch.ended)
        assert.equal(ended.length, 51)
        assert.equal(await stateOf(store, anonymous), 'live')
        assert.equal((await store.stats()).live, 0)
      })
    })

    describe('keeps tokens', () => {
      it('active until they are revoked or expire, and unknown ones never', async () => {
        const { store: { tokens }, store, harness } = await start()
        const expiresAtMs = await nowOf(store) + 100_000
        const tracked = await tokens.track({ id: 'a', user: 'ada', note: 'CI "ü" -', expiresAtMs })
        const { trackedAtMs, ...others } = tracked
        assert.deepEqual(others, { id: 'a', user: 'ada', note: 'CI "ü" -', state: 'active', expiresAtMs })
        assert.deepEqual(await tokens.find('a'), tracked)
        await tokens.track({ id: 'b', expiresAtMs })
        assert.equal(await tokens.find('unknown'), null)
        assert.equal(await tokens.revoke('b', 'root -'), true)
        const revoked = await tokens.find('b')
        assert.deepEqual([revoked?.state, revoked?.revokedBy, revoked?.revokedAtMs], ['revoked', 'root -', trackedAtMs])
        assert.equal(await tokens.count(), 2)
        await harness.advance(100)
        assert.deepEqual([await tokens.find('a'), await tokens.find('b'), await tokens.count()], [null, null, 0])
      })

      it('revoked, whatever comes before and after', async () => {
        const { store: { tokens }, store, harness } = await start()
        const expiresAtMs = await nowOf(store) + 2 * 86_400_000
        await tokens.track({ id: 'a', expiresAtMs })
        await tokens.revoke('a', 'first')
        await tokens.track({ id: 'a', expiresAtMs: expiresAtMs + 1000 })
        await tokens.revoke('a', 'second')
        assert.deepEqual([(await tokens.find('a'))?.state, (await tokens.find('a'))?.revokedBy], ['revoked', 'first'])
        assert.equal(await tokens.revoke('late'), false)
        const late = await tokens.track({ id: 'late', user: 'ada', expiresAtMs })
        assert.deepEqual([late.state, late.user], ['revoked', 'ada'])
        await harness.advance(86_400 + 1)
        await store.claimEnds(100)
        assert.equal((await tokens.find('late'))?.state, 'revoked')
      })

      it('by user, and revokes those', async () => {
        const { store: { tokens }, store } = await start()
        const expiresAtMs = await nowOf(store) + 100_000
        for (let i = 0; i < 30; i++) await tokens.track({ id: `t${i}`, user: i % 3 === 0 ? 'ada' : 'eve', expiresAtMs })
        await tokens.revoke('t0')
        assert.equal(await tokens.revokeUser('ada', 'root'), 9)
        const all = await listTokens(store, {})
        const ofAda = await listTokens(store, { user: 'ada' })
        assert.equal(all.length, 30)
        assert.deepEqual([ofAda.length, ofAda.every(({ state }) => state === 'revoked')], [10, true])
        assert.equal(all.filter(({ state }) => state === 'revoked').length, 10)
        await assert.rejects(tokens.list({ limit: 1, cursor: 'x' }), BAD_OPTION)
      })

      it('and lists the live ones when others have expired since the page before', async () => {
        const { store: { tokens }, store, harness } = await start()
        const nowMs = await nowOf(store)
        for (let i = 0; i < 200; i++) {
          await tokens.track({ id: `t${i}`, expiresAtMs: nowMs + (i % 2 === 0 ? 10_000 : 100_000) })
        }
        const { cursor } = await tokens.list({ limit: 1 })
        await harness.advance(50)
        assert.ok(cursor !== null)
        assert.equal((await listTokens(store, { cursor })).length, 100)
      })

      it('and deletes expired ones with the next sweep', async () => {
        const { store, harness } = await start()
        const empty = await harness.held(store)
        const expiresAtMs = await nowOf(store) + 10_000
        for (let i = 0; i < 20; i++) await store.tokens.track({ id: `t${i}`, user: 'ada', expiresAtMs })
        assert.equal((await store.tokens.track({ id: 'late', expiresAtMs: 1 })).state, 'active')
        assert.equal(await store.tokens.find('late'), null)
        await harness.advance(10)
        await claimAll(store)
        assert.equal(await store.tokens.count(), 0)
        await harness.advance(3601)
        await claimAll(store)
        assert.equal(await harness.held(store), empty)
      })
    })
  })
}

async function signIn (
  store: ActivityStore, id: string, user = 'ada', beginning: Partial<Beginning> = {}
): Promise<SessionKey> {
  return await signInWith(store, id, { terms: TERMS, user, ...beginning })
}

async function renew (
  store: ActivityStore, key: SessionKey, id: string, beginning: Partial<Beginning> = {}
): Promise<SessionKey> {
  return await renewWith(store, key, id, { terms: TERMS, ...beginning })
}

async function listTokens (store: ActivityStore, query: Omit<TokenQuery, 'limit'>): Promise<TokenRecord[]> {
  const tokens = []
  for (let cursor: string | null | undefined = query.cursor; cursor !== null;) {
    const page = await store.tokens.list({ limit: 4, ...query, ...(cursor === undefined ? {} : { cursor }) })
    tokens.push(...page.tokens)
    cursor = page.cursor
  }
  return tokens
}
