import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActivityStore, Cap, EndedSession, PageQuery, Row, Terms } from '../../src/index.ts'
import { endAll, endUser, findSession, listSessions } from '../../src/store/administration.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { ContractHarness } from './contract.ts'

const TERMS: Terms = { protected: true, warnAfter: 50, expireAfter: 100, absoluteTimeout: 3000 }
const LONG: Terms = { ...TERMS, expireAfter: 1000 }
const VISITOR: Terms = { protected: false, warnAfter: 100, expireAfter: 100, absoluteTimeout: false }
const DISPLACE: Cap = { max: 2, whenFull: 'displace' }
const REFUSE: Cap = { max: 2, whenFull: 'refuse' }

/** The part of the contract that administration builds on. */
export function administrationContract (name: string, newHarness: () => ContractHarness): void {
  async function start (): Promise<{ store: ActivityStore, harness: ContractHarness }> {
    const harness = newHarness()
    const store = await harness.open()
    store.bind(TERMS)
    return { store, harness }
  }

  describe(`${name} keeps the contract of administration`, () => {
    describe('lists in order', () => {
      for (const order of ['oldest', 'newest'] as const) {
        it(`names every live session once, the ${order} first, however small the pages`, async () => {
          const { store, harness } = await start()
          const handles: string[] = []
          for (let i = 0; i < 40; i++) {
            handles.push(await signIn(store, `s${i}`, i % 2 === 0 ? 'ada' : 'eve'))
            await store.settle(handleOf(`s${i}`), { terms: LONG })
            if (i % 4 === 3) await harness.advance(11) // more than an index may lag
          }
          const seen = (await listAll(store, { state: 'live', order, limit: 7 })).map(row => row.handle)
          assert.deepEqual(seen.toSorted(), handles.toSorted())
          const groups = Array.from({ length: 10 }, (_, i) => seen.slice(4 * i, 4 * i + 4).toSorted())
          const expected = Array.from({ length: 10 }, (_, i) => handles.slice(4 * i, 4 * i + 4).toSorted())
          assert.deepEqual(groups, order === 'oldest' ? expected : expected.reverse())
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
          const inOrder = (list: string[]): string[] => order === 'oldest' ? list : list.toReversed()
          assert.deepEqual((await listAll(store, { state: 'ended', order, limit: 3 })).map(row => row.handle), inOrder(handles))
          const hers = (await listAll(store, { state: 'ended', user: 'ada', order, limit: 3 })).map(row => row.handle)
          assert.deepEqual(hers, inOrder(handles.filter((_handle, i) => i % 2 === 0)))
          assert.deepEqual(await listAll(store, { state: 'live', user: 'ada', limit: 3 }), [])
        })
      }

      for (const order of ['oldest', 'newest', undefined] as const) {
        it(`goes on behind those that have ended since the page before, ${order === undefined ? 'in no order' : `the ${order} first`}`, async () => {
          const { store, harness } = await start()
          for (let i = 0; i < 80; i++) await signIn(store, `early ${i}`)
          await harness.advance(60)
          const late = await Promise.all(Array.from({ length: 40 }, async (_, i) => await signIn(store, `late ${i}`)))
          const query: PageQuery = { state: 'live', limit: 3, ...(order === undefined ? {} : { order }) }
          const first = await store.list({ ...query, limit: 1 })
          await harness.advance(55) // the early ones are over, by more than an index may lag, and no sweep has come across them
          assert.ok(first.cursor !== null)
          const seen = [...first.rows, ...await listAll(store, { ...query, cursor: first.cursor })].map(row => row.handle)
          assert.deepEqual(late.filter(handle => !seen.includes(handle)), [])
        })
      }

      it('comes to an end when very many sessions end at the same moment', async () => {
        const { store } = await start()
        for (let i = 0; i < 300; i++) await signIn(store, `s${i}`, 'ada')
        for (const order of ['oldest', 'newest'] as const) {
          const seen = (await listAll(store, { state: 'live', order, limit: 1 })).map(row => row.handle)
          assert.equal(new Set(seen).size, 300)
          assert.equal(seen.length, 300)
        }
      })

      it('refuses a cursor that is none, and one of a list without an order', async () => {
        const { store } = await start()
        for (let i = 0; i < 20; i++) await signIn(store, `s${i}`)
        const { cursor } = await store.list({ state: 'live', limit: 1 })
        for (const bad of ['', 'x', '~', '~x:y', '-1', '0.99:1:x', ...name === 'RedisStore' ? [String(cursor)] : []]) {
          await assert.rejects(store.list({ state: 'live', order: 'newest', limit: 1, cursor: bad }), { code: 'FST_SESSION_SECURITY_BAD_OPTION' }, bad)
        }
      })
    })

    it('tells what is due from what is alive and from what was found to have ended, and changes nothing by that', async () => {
      const { store, harness } = await start()
      await signIn(store, 'due', 'ada')
      await harness.advance(60)
      const alive = await signIn(store, 'alive', 'ada')
      const revoked = await signIn(store, 'revoked', 'ada')
      await store.end(revoked, 'revoked')
      await store.create(handleOf('visitor'), {}, VISITOR)
      await harness.advance(60)
      for (const user of [undefined, 'ada']) {
        const of = async (state: PageQuery['state']): Promise<string[]> => (await listAll(store, { state, limit: 10, ...(user === undefined ? {} : { user }) })).map(row => row.handle)
        assert.deepEqual(await of('due'), [handleOf('due')])
        assert.deepEqual(await of('live'), [alive])
        assert.deepEqual(await of('ended'), [revoked])
      }
      const [row] = await listAll(store, { state: 'due', limit: 10 })
      assert.equal(row?.fate.state === 'ended' ? row.fate.ended.reason : row?.fate.state, 'idle')
      assert.deepEqual(await store.stats(), { live: 1, due: 1, ended: 1, untold: 1 })
      const { sessions } = await store.claimDue(10)
      assert.equal(sessions.length, 2) // the revoked one's lease is over
      await store.acknowledge(sessions.map(session => session.handle))
      assert.deepEqual(await store.stats(), { live: 1, due: 0, ended: 2, untold: 0 })
    })

    it('shows a session as administration does: live, ended, renewed, unknown, and a visitor\'s', async () => {
      const { store, harness } = await start()
      const origin = { address: '203.0.113.7', userAgent: 'Mozilla/5.0 (X; "%20" ü) - <b>' }
      const handle = handleOf('s')
      await store.create(handle, { user: '1' }, TERMS)
      await store.settle(handle, { terms: TERMS, user: 'ada', origin })
      await harness.advance(10)
      const shown = await findSession(store, handle)
      assert.ok(shown?.state === 'live')
      assert.deepEqual([shown.user, shown.address, shown.userAgent, shown.idleFor, shown.expiresIn, shown.endsBy], ['ada', origin.address, origin.userAgent, 10, 90, 'idle'])
      await store.touch(handle, shown.lastActivityMs + 10_000)
      await store.create(handleOf('heir'), { user: '1' }, TERMS)
      await store.settle(handleOf('heir'), { terms: TERMS, user: 'ada', replaces: handle })
      assert.equal((await findSession(store, handle))?.handle, handleOf('heir'))
      const other = await signIn(store, 'other', 'eve', { address: '::1' })
      await store.end(other, 'revoked')
      const ended = await findSession(store, other)
      assert.ok(ended?.state === 'ended')
      assert.deepEqual([ended.user, ended.address, ended.userAgent, ended.reason], ['eve', '::1', undefined, 'revoked'])
      await store.create(handleOf('visitor'), {}, VISITOR)
      assert.deepEqual([await findSession(store, handleOf('visitor')), await findSession(store, handleOf('none'))], [null, null])
    })

    it('keeps where a session was signed in from through activities, edits, its end and its claim', async () => {
      const { store, harness } = await start()
      const origin = { address: '203.0.113.7', userAgent: 'x' }
      const handle = await signIn(store, 's', 'ada', origin)
      await store.touch(handle, 0, { ...TERMS, expireAfter: 90 })
      await store.update(handle, { set: { a: '1' }, remove: [] })
      assert.deepEqual((await store.load(handle))?.origin, origin)
      await store.settle(handle, { terms: TERMS, startedAtMs: 'now' })
      assert.deepEqual((await store.load(handle))?.origin, origin)
      await store.settle(handle, { terms: TERMS, origin: { userAgent: 'y' } })
      await harness.advance(100)
      assert.deepEqual((await store.claimDue(10)).sessions[0]?.origin, { userAgent: 'y' })
    })

    it('lists live and ended ones one after the other when all are asked for', async () => {
      const { store } = await start()
      const handles = await Promise.all(Array.from({ length: 9 }, async (_, i) => await signIn(store, `s${i}`, 'ada')))
      for (const handle of handles.slice(0, 4)) await store.end(handle, 'revoked')
      const seen: string[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await listSessions(store, { user: 'ada', state: 'all', limit: 2, ...(cursor === undefined ? {} : { cursor }) })
        seen.push(...page.sessions.map(session => session.state))
        cursor = page.cursor
      }
      assert.deepEqual(seen, [...Array(5).fill('live'), ...Array(4).fill('ended')])
      await assert.rejects(listSessions(store, { state: 'all', cursor: 'due' }), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
    })

    describe('ends all sessions of a user', () => {
      it('and nobody else\'s, with a reason, sparing those that are named', async () => {
        const { store } = await start()
        const hers = await Promise.all(Array.from({ length: 30 }, async (_, i) => await signIn(store, `ada${i}`, 'ada')))
        const eves = await signIn(store, 'eve', 'eve')
        const [spared = ''] = hers
        const ended = await endUser(store, 'ada', 'revoked', [spared])
        assert.deepEqual(ended.map(({ handle, reason }) => `${handle} ${reason}`).toSorted(), hers.slice(1).map(handle => `${handle} revoked`).toSorted())
        assert.deepEqual([await stateOf(store, spared), await stateOf(store, eves)], ['live', 'live'])
        assert.equal((await store.claim(hers[1] ?? ''))?.handle, hers[1])
      })

      it('also one that was renewed just now, and one that is just being renewed', async () => {
        const { store } = await start()
        const renewed = await signIn(store, 'renewed', 'ada')
        await store.end(renewed, 'logout')
        await store.create(handleOf('heir'), { user: '1' }, TERMS)
        await store.settle(handleOf('heir'), { terms: TERMS, user: 'ada', replaces: renewed })
        const inRenewal = await signIn(store, 'in renewal', 'ada')
        await store.end(inRenewal, 'logout') // regenerate() has got so far
        await endUser(store, 'ada', 'revoked')
        await store.create(handleOf('late heir'), { user: '1' }, TERMS)
        await store.settle(handleOf('late heir'), { terms: TERMS, user: 'ada', replaces: inRenewal })
        assert.deepEqual([await stateOf(store, handleOf('heir')), await stateOf(store, handleOf('late heir'))], ['ended', 'ended'])
      })

      it('but spares what a spared one goes on as', async () => {
        const { store } = await start()
        const spared = await signIn(store, 'spared', 'ada')
        await store.create(handleOf('heir'), { user: '1' }, TERMS)
        await store.settle(handleOf('heir'), { terms: TERMS, user: 'ada', replaces: spared })
        assert.deepEqual(await endUser(store, 'ada', 'revoked', [spared]), [])
        assert.equal(await stateOf(store, handleOf('heir')), 'live')
      })

      it('but spares one that was renewed a while ago, of which the one before is still known', async () => {
        const { store } = await start()
        const heir = await renewed(store, await signIn(store, 'before', 'ada'), 'heir', 'ada')
        assert.deepEqual(await endUser(store, 'ada', 'revoked', [heir]), [])
        assert.equal(await stateOf(store, heir), 'live')
      })

      it('but spares what a spared one goes on as, however often it was renewed', async () => {
        const { store } = await start()
        for (let i = 0; i < 8; i++) { // in any order of the shards
          const spared = await signIn(store, `spared ${i}`, 'ada')
          const last = await renewed(store, await renewed(store, spared, `heir ${i}`, 'ada'), `last ${i}`, 'ada')
          assert.deepEqual(await endUser(store, 'ada', 'revoked', [spared]), [])
          assert.equal(await stateOf(store, last), 'live')
          await store.end(last, 'revoked')
        }
      })

      it('but not what one of theirs goes on as when that is another user\'s by now', async () => {
        const { store } = await start()
        const heir = await renewed(store, await signIn(store, 'before', 'ada'), 'heir', 'ada')
        await store.settle(heir, { terms: TERMS, user: 'eve' })
        assert.deepEqual(await endUser(store, 'ada', 'revoked'), [])
        assert.equal(await stateOf(store, heir), 'live')
      })

      it('or of everybody, but leaves visitors alone', async () => {
        const { store } = await start()
        for (let i = 0; i < 50; i++) await signIn(store, `s${i}`, `user ${i}`)
        await store.create(handleOf('visitor'), {}, VISITOR)
        const ended: EndedSession[] = []
        for await (const batch of endAll(store, 'revoked')) ended.push(...batch)
        assert.equal(ended.length, 50)
        assert.equal(await stateOf(store, handleOf('visitor')), 'live')
        assert.equal((await store.stats()).live, 0)
      })
    })

    describe('gives a user so many places', () => {
      it('ends the oldest for one more, and tells which', async () => {
        const { store, harness } = await start()
        const [first, second] = [await admitted(store, 'first', DISPLACE), await admitted(store, 'second', DISPLACE)]
        await harness.advance(1)
        await signIn(store, 'eve', 'eve')
        await store.create(handleOf('third'), { user: '1' }, TERMS)
        const { isAdmitted, displaced } = await store.admit(handleOf('third'), 'ada', DISPLACE)
        assert.equal(isAdmitted, true)
        assert.deepEqual(displaced.map(({ handle, reason }) => [handle, reason]), [[first, 'displaced']])
        assert.equal((await store.claim(first))?.handle, first)
        assert.deepEqual([await stateOf(store, first), await stateOf(store, second), await stateOf(store, handleOf('eve'))], ['ended', 'live', 'live'])
      })

      it('refuses one more, and ends none, when it is to', async () => {
        const { store } = await start()
        for (const id of ['first', 'second']) await admitted(store, id, REFUSE)
        await store.create(handleOf('third'), { user: '1' }, TERMS)
        assert.deepEqual(await store.admit(handleOf('third'), 'ada', REFUSE), { isAdmitted: false, displaced: [] })
        assert.deepEqual(await store.admit(handleOf('first'), 'ada', REFUSE), { isAdmitted: true, displaced: [] }) // has its place
        assert.equal((await store.stats()).live, 3)
      })

      for (const [how, leave] of Object.entries({
        'has ended': async (store: ActivityStore, handle: string) => { await store.end(handle, 'logout') },
        'is another user\'s now': async (store: ActivityStore, handle: string) => { await store.settle(handle, { terms: TERMS, user: 'eve' }) }
      })) {
        for (const whenFull of ['displace', 'refuse'] as const) {
          it(`takes the place of one that ${how}, and no other, when it could ${whenFull}`, async () => {
            const { store } = await start()
            const first = await admitted(store, 'first', REFUSE)
            await admitted(store, 'second', REFUSE)
            await leave(store, first)
            await store.create(handleOf('third'), { user: '1' }, TERMS)
            const cap = { ...REFUSE, whenFull }
            assert.deepEqual(await store.admit(handleOf('third'), 'ada', cap), { isAdmitted: true, displaced: [] })
            assert.equal(await stateOf(store, handleOf('second')), 'live')
          })
        }
      }

      it('takes the place of one past its deadline', async () => {
        const { store, harness } = await start()
        for (const id of ['first', 'second']) await admitted(store, id, REFUSE)
        await harness.advance(100)
        await store.create(handleOf('third'), { user: '1' }, TERMS)
        assert.deepEqual(await store.admit(handleOf('third'), 'ada', REFUSE), { isAdmitted: true, displaced: [] })
      })

      it('leaves a visitor\'s session that is just being signed in to its place', async () => {
        const { store } = await start()
        await store.create(handleOf('cart'), { cart: '[]' }, VISITOR)
        const cap = { ...REFUSE, max: 1 }
        assert.equal((await store.admit(handleOf('cart'), 'ada', cap)).isAdmitted, true)
        await store.create(handleOf('second'), { user: '1' }, TERMS)
        assert.equal((await store.admit(handleOf('second'), 'ada', cap)).isAdmitted, false)
      })

      for (const whenFull of ['displace', 'refuse'] as const) {
        it(`admits one in the place of that which it was renewed from, though nobody told then whose it is, when it could ${whenFull}`, async () => {
          const { store } = await start()
          const cap = { max: 1, whenFull }
          const before = await admitted(store, 'before', cap)
          await store.create(handleOf('heir'), { user: '1' }, TERMS)
          await store.settle(handleOf('heir'), { terms: TERMS, replaces: before })
          assert.deepEqual(await store.admit(handleOf('heir'), 'ada', cap), { isAdmitted: true, displaced: [] })
          assert.equal(await stateOf(store, handleOf('heir')), 'live')
        })
      }

      it('lets a renewed session keep its place, and its age', async () => {
        const { store, harness } = await start()
        const first = await admitted(store, 'first', DISPLACE)
        await harness.advance(1)
        const second = await admitted(store, 'second', DISPLACE)
        await store.create(handleOf('heir'), { user: '1' }, TERMS)
        assert.deepEqual(await store.admit(handleOf('heir'), 'ada', REFUSE, first), { isAdmitted: true, displaced: [] })
        const { record } = await mustLoad(store, first)
        await store.settle(handleOf('heir'), { terms: TERMS, user: 'ada', startedAtMs: record.startedAtMs, replaces: first })
        await harness.advance(1)
        await admitted(store, 'third', DISPLACE)
        assert.deepEqual([await stateOf(store, handleOf('heir')), await stateOf(store, second)], ['ended', 'live'])
      })

      it('counts the sessions that were there before anybody counted', async () => {
        const { store, harness } = await start()
        const before: string[] = []
        for (const id of ['first', 'second', 'third']) {
          before.push(await signIn(store, id, 'ada'))
          await harness.advance(1)
        }
        await admitted(store, 'fourth', DISPLACE)
        assert.deepEqual(await Promise.all(before.map(async handle => await stateOf(store, handle))), ['ended', 'ended', 'live'])
      })
    })

    describe('keeps tokens', () => {
      it('active until they are revoked or expire, and unknown ones never', async () => {
        const { store: { tokens }, store, harness } = await start()
        const expiresAtMs = await nowOf(store) + 100_000
        const tracked = await tokens.track({ id: 'a', user: 'ada', note: 'CI "ü" -', expiresAtMs })
        assert.deepEqual([tracked.id, tracked.user, tracked.note, tracked.state, tracked.expiresAtMs], ['a', 'ada', 'CI "ü" -', 'active', expiresAtMs])
        assert.deepEqual(await tokens.find('a'), tracked)
        await tokens.track({ id: 'b', expiresAtMs })
        assert.equal(await tokens.find('unknown'), null)
        assert.equal(await tokens.revoke('b', 'root -'), true)
        const revoked = await tokens.find('b')
        assert.deepEqual([revoked?.state, revoked?.revokedBy, revoked?.revokedAtMs], ['revoked', 'root -', tracked.trackedAtMs])
        assert.equal(await tokens.count(), 2)
        await harness.advance(100)
        assert.deepEqual([await tokens.find('a'), await tokens.find('b'), await tokens.count()], [null, null, 0])
      })

      it('revoked whatever comes after, and whatever came before', async () => {
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
        await store.claimDue(100)
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
        await assert.rejects(tokens.list({ limit: 1, cursor: 'x' }), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
      })

      it('and lists those that live behind those that have expired since the page before', async () => {
        const { store: { tokens }, store, harness } = await start()
        const nowMs = await nowOf(store)
        for (let i = 0; i < 200; i++) await tokens.track({ id: `t${i}`, expiresAtMs: nowMs + (i % 2 === 0 ? 10_000 : 100_000) })
        const { cursor } = await tokens.list({ limit: 1 })
        await harness.advance(50)
        assert.ok(cursor !== null)
        assert.equal((await listTokens(store, { cursor })).length, 100)
      })

      it('and leaves nothing of them once they have expired and a sweep has run', async () => {
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

async function signIn (store: ActivityStore, id: string, user?: string, origin?: { address?: string, userAgent?: string }): Promise<string> {
  const handle = handleOf(id)
  await store.create(handle, { user: '1' }, TERMS)
  if (user !== undefined) await store.settle(handle, { terms: TERMS, user, ...(origin === undefined ? {} : { origin }) })
  return handle
}

/** As session.regenerate() and the plugin do it. */
async function renewed (store: ActivityStore, older: string, id: string, user: string): Promise<string> {
  await store.end(older, 'logout')
  await store.create(handleOf(id), { user: '1' }, TERMS)
  await store.settle(handleOf(id), { terms: TERMS, user, replaces: older })
  return handleOf(id)
}

/** Signed in, as the plugin does it where there is a limit. */
async function admitted (store: ActivityStore, id: string, cap: Cap): Promise<string> {
  const handle = handleOf(id)
  await store.create(handle, { user: '1' }, TERMS)
  assert.equal((await store.admit(handle, 'ada', cap)).isAdmitted, true)
  await store.settle(handle, { terms: TERMS, user: 'ada' })
  return handle
}

async function listAll (store: ActivityStore, query: PageQuery): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor: string | null | undefined = query.cursor; cursor !== null;) {
    const page = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    assert.ok(page.rows.length <= query.limit)
    rows.push(...page.rows)
    cursor = page.cursor
  }
  return rows
}

async function listTokens (store: ActivityStore, query: { user?: string, cursor?: string }): Promise<Array<{ state: string }>> {
  const tokens = []
  for (let cursor: string | null | undefined = query.cursor; cursor !== null;) {
    const page = await store.tokens.list({ limit: 4, ...query, ...(cursor === undefined ? {} : { cursor }) })
    tokens.push(...page.tokens)
    cursor = page.cursor
  }
  return tokens
}

async function claimAll (store: ActivityStore): Promise<void> {
  for (let more = true; more;) more = (await store.claimDue(100)).more
}

async function stateOf (store: ActivityStore, handle: string): Promise<string> {
  return (await store.find(handle)).state
}

async function mustLoad (store: ActivityStore, handle: string): Promise<{ record: { startedAtMs: number } }> {
  const loaded = await store.load(handle)
  assert.ok(loaded !== null)
  return loaded
}

/** The store's clock. */
async function nowOf (store: ActivityStore): Promise<number> {
  const handle = handleOf('a session to read the clock by')
  await store.create(handle, {}, VISITOR)
  const fate = await store.find(handle)
  await store.end(handle, 'logout')
  assert.ok(fate.state === 'live')
  return fate.nowMs
}
