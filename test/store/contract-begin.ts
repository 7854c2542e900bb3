import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import type { SessionLimit } from '../../src/store/store.ts'
import { ANONYMOUS_RETENTION_SECONDS, CLAIM_LEASE_MS, MOST_SUCCESSORS } from '../../src/store/limits.ts'
import type { ContractHarness, Started } from './contract-kit.ts'
import {
  ANONYMOUS, AT_ONCE, TERMS, beginAnonymous, beginAs, claimAll, contentsOf, handlesIn, predecessorOf, keyFor,
  listAll, live, nowOf, reasonOf, reasonsIn, recordNow, renew, signIn, stateOf, statesOf, start as startWith
} from './contract-kit.ts'

const DISPLACE: SessionLimit = { max: 2, whenFull: 'displace' }
const REFUSE: SessionLimit = { max: 2, whenFull: 'refuse' }
const LONG = { ...TERMS, expireAfter: 100_000, absoluteTimeout: false } as const

/** The contract of beginnings: alone, with a predecessor, and under a limit. */
export function beginContract (name: string, newHarness: () => ContractHarness): void {
  const start = async (): Promise<Started> => await startWith(newHarness)

  describe(`${name} keeps the contract of begin`, () => {
    describe('a session that begins', () => {
      it('has contents, user, device, terms, and now as its beginning and last activity', async () => {
        const { store } = await start()
        const device = { address: '203.0.113.7', userAgent: 'Mozilla/5.0 (X; "%20" ü) - <b>' }
        const begun = await beginAs(store, 's', { contents: { a: '1' }, device })
        assert.ok(begun.state === 'begun')
        const { session } = begun
        const record = { ...TERMS, startedAtMs: session.nowMs, lastActivityMs: session.nowMs }
        assert.deepEqual(session, { state: 'live', record, user: 'ada', device, nowMs: session.nowMs })
        assert.deepEqual(begun.ended, [])
        assert.deepEqual(await store.find(begun.key), session)
        assert.deepEqual(await contentsOf(store, begun.key), { a: '1' })
      })

      it('may have neither user nor device', async () => {
        const { store } = await start()
        const key = keyFor(store, 's')
        assert.equal((await store.begin(key, { contents: {}, terms: TERMS })).state, 'begun')
        const found = live(await store.find(key))
        assert.deepEqual([found.user, found.device, await contentsOf(store, key)], [undefined, undefined, {}])
        const [ended] = await store.end(key, 'logout')
        assert.deepEqual([ended?.handle, ended?.user, ended?.device], [key, undefined, undefined])
      })

      it('has the authentication that it is given, dated by the store where it is new or in the future', async () => {
        const { store, harness } = await start()
        await harness.advance(100)
        const nowMs = await nowOf(store)
        const device = { userAgent: 'now' }
        const cases = [[undefined, nowMs], [nowMs - 8000, nowMs - 8000], [nowMs + 8000, nowMs]] as const
        for (const [i, [atMs, expected]] of cases.entries()) {
          const methods = i === 0 ? [] : ['pwd', 'otp']
          const authentication = atMs === undefined ? { methods } : { atMs, methods }
          const begun = await beginAs(store, `s${i}`, { authentication, device })
          const { record, device: kept } = live(await store.find(begun.key))
          assert.deepEqual([record.authentication, kept], [{ atMs: expected, methods }, device])
        }
      })

      it('has the beginning and the last activity that it is given, never in the future', async () => {
        const { store, harness } = await start()
        await harness.advance(100)
        const nowMs = await nowOf(store)
        const timesOf = async (key: string): Promise<unknown> => {
          const { record } = live(await store.find(key))
          return [record.startedAtMs, record.lastActivityMs]
        }
        const earlier = await signIn(store, 's', { startedAtMs: nowMs - 8000, lastActivityMs: nowMs - 4000 })
        assert.deepEqual(await timesOf(earlier), [nowMs - 8000, nowMs - 4000])
        const later = await signIn(store, 't', { startedAtMs: nowMs + 8000, lastActivityMs: nowMs + 4000 })
        assert.deepEqual(await timesOf(later), [nowMs, nowMs])
        await harness.advance(6)
        assert.deepEqual(handlesIn(await claimAll(store)), [keyFor(store, 's', 'ada')])
      })

      it('begins once, though the answer was lost and the store is asked again', async () => {
        const { store, harness } = await start()
        const old = await signIn(store, 'old')
        const limit = { max: 1, whenFull: 'refuse' } as const
        const beginning = { predecessor: predecessorOf(old, 'ended'), limit } as const
        const first = await beginAs(store, 's', beginning)
        await harness.advance(1)
        const again = await beginAs(store, 's', beginning)
        assert.ok(first.state === 'begun' && again.state === 'begun')
        assert.deepEqual([first.ended.length, again.ended], [1, []])
        assert.deepEqual([again.session.record, again.session.user], [first.session.record, 'ada'])
        assert.deepEqual(handlesIn(await listAll(store, { state: 'live', limit: 10 })), [first.key])
        await harness.advance(CLAIM_LEASE_MS / 1000)
        const expected = [`${old} logout`, `${first.key} idle`].toSorted()
        assert.deepEqual(reasonsIn(await claimAll(store)), expected, 'also the end whose answer was lost')
      })

      it('does not begin under the key of another user\'s session: that one and its predecessor go on', async () => {
        const { store } = await start()
        const key = await signIn(store, 'taken')
        const [eves, before] = [await signIn(store, 'eves', { user: 'eve' }), await store.find(key)]
        const signedIn = { contents: { user: '"eve"' }, terms: TERMS, user: 'eve' }
        const renewal = { ...signedIn, predecessor: predecessorOf(eves, 'renewed') }
        for (const beginning of [signedIn, renewal, { contents: {}, terms: ANONYMOUS }]) {
          assert.equal((await store.begin(key, beginning)).state, 'over')
        }
        const [unnamedKey, anonymous] = [keyFor(store, 'without a user'), await beginAnonymous(store, 'anonymous')]
        const unnamed = { contents: {}, terms: TERMS }
        assert.equal((await store.begin(unnamedKey, unnamed)).state, 'begun')
        assert.equal((await store.begin(unnamedKey, { contents: {}, terms: ANONYMOUS })).state, 'over')
        assert.equal((await store.begin(anonymous, unnamed)).state, 'over')
        assert.deepEqual([await store.find(key), await contentsOf(store, key)], [before, { user: '"ada"' }])
        assert.equal(await stateOf(store, eves), 'live')
      })

      it('is renewed once, though the answer was lost', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const [first, again] = [await renew(store, old, 's'), await renew(store, old, 's')]
        assert.equal(first, again)
        assert.deepEqual(await store.find(old), { state: 'renewed', successors: [first] })
      })

      it('does not begin under the key of a session that is over (G2: an end is final)', async () => {
        const { store, harness } = await start()
        const [ended, expired] = [await signIn(store, 'ended'), await signIn(store, 'expired')]
        const renewed = await signIn(store, 'renewed')
        await store.end(ended, 'revoked')
        const successor = await renew(store, renewed, 'after', { terms: LONG })
        await harness.advance(10)
        const fates = []
        for (const name of ['ended', 'expired', 'renewed']) {
          const begun = await beginAs(store, name, { terms: LONG })
          assert.ok(begun.state === 'over')
          fates.push(reasonOf(begun.session) ?? begun.session)
        }
        assert.deepEqual(fates, ['revoked', 'idle', { state: 'renewed', successors: [successor] }])
        assert.deepEqual(await statesOf(store, ended, expired, renewed), ['ended', 'ended', 'renewed'])
      })
    })

    describe('a renewal', () => {
      it('goes on under the new key, and notifies no end of the old one', async () => {
        const { store, harness } = await start()
        const old = await signIn(store, 'old')
        await harness.advance(8)
        const { record: { startedAtMs, lastActivityMs } } = live(await store.find(old))
        const key = await renew(store, old, 'new', { lastActivityMs })
        const { record } = live(await store.find(key))
        assert.deepEqual([record.startedAtMs, record.lastActivityMs], [startedAtMs, lastActivityMs])
        assert.deepEqual(await store.find(old), { state: 'renewed', successors: [key] })
        assert.deepEqual((await store.load(old, AT_ONCE)).state, 'renewed')
        await harness.advance(2 + CLAIM_LEASE_MS / 1000)
        assert.deepEqual(handlesIn(await claimAll(store)), [key])
      })

      it('of one session by two requests at once leaves both', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const predecessor = predecessorOf(old, 'renewed')
        const begun = await Promise.all([
          beginAs(store, 'left', { predecessor }),
          beginAs(store, 'right', { predecessor })
        ])
        assert.deepEqual(begun.map(({ state }) => state), ['begun', 'begun'])
        const keys = begun.map(({ key }) => key)
        assert.deepEqual(await statesOf(store, ...keys), ['live', 'live'])
        const current = await store.find(old)
        assert.ok(current.state === 'renewed')
        assert.deepEqual(current.successors.toSorted(), keys.toSorted())
      })

      it('keeps an activity that another request recorded for the predecessor meanwhile (G1)', async () => {
        const { store, harness } = await start()
        const old = await signIn(store, 'old')
        const loaded = live(await store.find(old)).record.lastActivityMs
        await harness.advance(2)
        await recordNow(store, old)
        const recordedMs = live(await store.find(old)).record.lastActivityMs
        assert.ok(recordedMs > loaded)
        const key = await renew(store, old, 'new', { lastActivityMs: loaded })
        assert.equal(live(await store.find(key)).record.lastActivityMs, recordedMs)
      })

      it('takes over the later edits of another request, of the keys that it names or of all others (G8)', async () => {
        for (const [takes, expected] of [
          [{ only: ['@', 'a\nb', 'gone', 'never there'] }, { '@': '2', 'a\nb': '2', user: '"own"', own: '1' }],
          [{ except: ['user', 'own', 'left'] }, { '@': '2', 'a\nb': '2', user: '"own"', own: '1', later: '2' }],
          [{ only: [] }, { '@': '1', 'a\nb': '1', gone: '1', user: '"own"', own: '1' }],
          [undefined, { '@': '1', 'a\nb': '1', gone: '1', user: '"own"', own: '1' }]
        ] as const) {
          const { store } = await start()
          const loaded = { '@': '1', 'a\nb': '1', gone: '1', left: '1', user: '"ada"' }
          const old = await signIn(store, 'old', { contents: loaded })
          const set = { '@': '2', 'a\nb': '2', left: '2', user: '"ada, too"', later: '2' }
          await store.update(old, { set, remove: ['gone'] })
          const contents = { '@': '1', 'a\nb': '1', gone: '1', user: '"own"', own: '1' }
          const predecessor = { key: old, becomes: 'renewed', ...(takes === undefined ? {} : { takes }) } as const
          const key = await signIn(store, 'new', { contents, predecessor })
          assert.deepEqual(await contentsOf(store, key), expected)
          if (takes === undefined) continue
          await store.update(key, { set: { '@': '3' }, remove: [] })
          const twin = await signIn(store, 'twin', { contents, predecessor })
          const isTaken = 'except' in takes || takes.only.length > 0
          assert.equal((await contentsOf(store, twin))['@'], isTaken ? '3' : '1')
        }
      })

      it('of an old key is granted while a successor is alive, through several renewals', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const [left, right] = [await renew(store, old, 'left'), await renew(store, old, 'right')]
        const further = await renew(store, right, 'further')
        await store.end(left, 'revoked')
        const late = await renew(store, old, 'late')
        assert.deepEqual(await statesOf(store, late, further), ['live', 'live'])
        assert.deepEqual(handlesIn(await store.end(old, 'revoked')), [late, further].toSorted())
      })

      it('of an old key is refused when all successors have ended (G2: an end is final)', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const [left, right] = [await renew(store, old, 'left'), await renew(store, old, 'right')]
        const further = await renew(store, right, 'further')
        for (const key of [left, further]) await store.end(key, 'revoked')
        const before = await store.find(old)
        const begun = await beginAs(store, 'late', { predecessor: predecessorOf(old, 'renewed') })
        assert.equal(begun.state, 'over')
        assert.deepEqual([await store.find(begun.key), await store.find(old)], [{ state: 'unknown' }, before])
      })

      it('of a session that was revoked, signed out or forgotten is refused, and nothing is written', async () => {
        const { store } = await start()
        for (const reason of ['revoked', 'logout'] as const) {
          const old = await signIn(store, `old ${reason}`)
          await store.end(old, reason)
          const begun = await beginAs(store, `new ${reason}`, { predecessor: predecessorOf(old, 'renewed') })
          assert.ok(begun.state === 'over')
          assert.deepEqual([reasonOf(begun.session), await store.find(begun.key)], [reason, { state: 'unknown' }])
        }
        const forgotten = keyFor(store, 'forgotten', 'ada')
        const begun = await beginAs(store, 'new', { predecessor: predecessorOf(forgotten, 'renewed') })
        assert.ok(begun.state === 'over')
        assert.deepEqual([begun.session, await store.find(begun.key)], [{ state: 'unknown' }, { state: 'unknown' }])
      })

      it('of an expired session is refused, also without a sweep', async () => {
        const { store, harness } = await start()
        const old = await signIn(store, 'old')
        await harness.advance(10)
        const begun = await beginAs(store, 'new', { predecessor: predecessorOf(old, 'renewed') })
        assert.ok(begun.state === 'over')
        assert.deepEqual([reasonOf(begun.session), await store.find(begun.key)], ['idle', { state: 'unknown' }])
      })

      it('is possible for an anonymous session, also as an anonymous one', async () => {
        const { store } = await start()
        const old = await beginAnonymous(store, 'old', { cart: '[]' })
        const key = await beginAnonymous(store, 'new', { cart: '[]' }, predecessorOf(old, 'renewed'))
        assert.deepEqual(await store.find(old), { state: 'renewed', successors: [key] })
        assert.deepEqual(await contentsOf(store, key), { cart: '[]' })
        const also = await beginAnonymous(store, 'also', {}, predecessorOf(old, 'renewed'))
        assert.deepEqual(await statesOf(store, key, also), ['live', 'live'])
        assert.deepEqual(await store.end(old, 'logout'), [])
        assert.deepEqual(await statesOf(store, key, also), ['renewed', 'renewed'])
      })

      it(`is refused to more than ${MOST_SUCCESSORS} requests that renew one session at once`, async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const keys: string[] = []
        for (let i = 0; i < MOST_SUCCESSORS; i++) keys.push(await renew(store, old, `new ${i}`))
        const found = await store.find(old)
        assert.ok(found.state === 'renewed')
        assert.deepEqual(found.successors.toSorted(), keys.toSorted())
        const begun = await beginAs(store, 'one more', { predecessor: predecessorOf(old, 'renewed') })
        assert.deepEqual(begun.state === 'over' && begun.session, found)
        assert.equal((await store.end(old, 'revoked')).length, MOST_SUCCESSORS)
      })
    })

    describe('the predecessor of a session', () => {
      it('ends as a log-out, claimed for the caller', async () => {
        const { store, harness } = await start()
        const old = await signIn(store, 'old')
        const begun = await beginAs(store, 'new', { user: 'eve', predecessor: predecessorOf(old, 'ended') })
        assert.ok(begun.state === 'begun')
        assert.deepEqual([reasonsIn(begun.ended), begun.ended[0]?.user], [[`${old} logout`], 'ada'])
        assert.equal(reasonOf(await store.find(old)), 'logout')
        await harness.advance(5)
        assert.deepEqual(await claimAll(store), [])
        await store.acknowledge([old])
        await harness.advance(CLAIM_LEASE_MS / 1000)
        assert.deepEqual(handlesIn(await claimAll(store)), [begun.key])
      })

      it('ends with all its successors if it was renewed', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const left = await renew(store, old, 'left')
        const right = await renew(store, await renew(store, old, 'middle'), 'right')
        const begun = await beginAs(store, 'new', { predecessor: predecessorOf(old, 'ended') })
        assert.ok(begun.state === 'begun')
        assert.deepEqual(reasonsIn(begun.ended), [`${left} logout`, `${right} logout`].toSorted())
        assert.deepEqual(await statesOf(store, old, left, right, begun.key), ['renewed', 'ended', 'ended', 'live'])
      })

      it('does not matter if it is over, unknown or anonymous', async () => {
        const { store } = await start()
        const [over, anonymous] = [await signIn(store, 'over'), await beginAnonymous(store, 'v')]
        await store.end(over, 'revoked')
        for (const [i, key] of [over, anonymous, keyFor(store, 'none', 'ada')].entries()) {
          const begun = await beginAs(store, `new ${i}`, { predecessor: predecessorOf(key, 'ended') })
          assert.ok(begun.state === 'begun')
          assert.deepEqual(begun.ended, [])
        }
        assert.equal(reasonOf(await store.find(over)), 'revoked')
        assert.notEqual(await stateOf(store, anonymous), 'live')
      })

      it('is dropped if it was anonymous, and a tombstone stays for a while', async () => {
        const { store, harness } = await start()
        const old = await beginAnonymous(store, 'v', { cart: '[]' })
        const begun = await beginAs(store, 'new', { terms: LONG, predecessor: predecessorOf(old, 'dropped') })
        assert.ok(begun.state === 'begun')
        assert.deepEqual([begun.ended, await store.find(old)], [[], { state: 'renewed', successors: [] }])
        assert.equal((await store.begin(old, { contents: {}, terms: ANONYMOUS })).state, 'over')
        assert.equal((await beginAs(store, 'late', { predecessor: predecessorOf(old, 'renewed') })).state, 'over')
        assert.deepEqual(await store.end(old, 'logout'), [])
        assert.equal(await stateOf(store, begun.key), 'live', 'it does not go on as that')
        await harness.advance(ANONYMOUS_RETENTION_SECONDS - 1)
        await claimAll(store)
        assert.equal(await stateOf(store, old), 'renewed')
        await harness.advance(2)
        await claimAll(store)
        assert.equal(await stateOf(store, old), 'unknown')
      })

      it('is not renewed when later edits make it too large', async () => {
        const harness = newHarness()
        const store = await harness.open({ maxSessionBytes: 100 })
        const old = await signIn(store, 'old', { contents: { user: '"ada"' } })
        await store.update(old, { set: { other: `"${'x'.repeat(60)}"` }, remove: [] })
        const contents = { user: '"ada"', own: `"${'y'.repeat(60)}"` }
        const predecessor = { key: old, becomes: 'renewed', takes: { except: ['own', 'user'] } } as const
        await assert.rejects(
          beginAs(store, 'new', { contents, predecessor }), { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE' }
        )
        assert.deepEqual(
          [await stateOf(store, old), await stateOf(store, keyFor(store, 'new', 'ada', predecessor))],
          ['live', 'unknown']
        )
      })

      it('keeps its slot when it is authenticated and was to be dropped', async () => {
        const { store } = await start()
        const one = await signIn(store, 'one')
        const limit = { max: 1, whenFull: 'refuse' } as const
        assert.equal((await beginAs(store, 'two', { predecessor: predecessorOf(one, 'dropped'), limit })).state, 'full')
      })

      it('is not dropped and does not change if it is authenticated, renewed or over', async () => {
        const { store } = await start()
        const [alive, ended] = [await signIn(store, 'alive'), await signIn(store, 'ended')]
        const old = await beginAnonymous(store, 'v')
        await store.end(ended, 'revoked')
        const successor = await beginAnonymous(store, 'w', {}, predecessorOf(old, 'renewed'))
        const keys = [alive, ended, old, successor, keyFor(store, 'none', 'ada')]
        const before = await Promise.all(keys.map(async key => await store.find(key)))
        for (const [i, key] of [alive, ended, old, keys[4] ?? ''].entries()) {
          const begun = await beginAs(store, `new ${i}`, { predecessor: predecessorOf(key, 'dropped') })
          assert.ok(begun.state === 'begun')
          assert.deepEqual(begun.ended, [])
        }
        assert.deepEqual(await Promise.all(keys.map(async key => await store.find(key))), before)
      })
    })

    describe('a session limit', () => {
      it('evicts the oldest for one more, and claims its end for the caller', async () => {
        const { store, harness } = await start()
        const first = await signIn(store, 'first', { terms: LONG, limit: DISPLACE })
        await harness.advance(1)
        const second = await signIn(store, 'second', { terms: LONG, limit: DISPLACE })
        const others = [await signIn(store, 'eve', { terms: LONG, user: 'eve' }), await beginAnonymous(store, 'v')]
        const begun = await beginAs(store, 'third', { terms: LONG, limit: DISPLACE })
        assert.ok(begun.state === 'begun')
        assert.deepEqual(begun.ended.map(({ handle, reason }) => [handle, reason]), [[first, 'displaced']])
        assert.deepEqual(await statesOf(store, first, second, ...others), ['ended', 'live', 'live', 'live'])
        await harness.advance(CLAIM_LEASE_MS / 1000 - 1)
        assert.deepEqual(await claimAll(store), [])
        await harness.advance(1)
        assert.deepEqual(handlesIn(await claimAll(store)), [first])
      })

      it('goes by the beginning of a session, not by the order of the writes', async () => {
        const { store, harness } = await start()
        await harness.advance(100)
        const nowMs = await nowOf(store)
        const young = await signIn(store, 'young', { terms: LONG })
        const old = await signIn(store, 'old', { terms: LONG, startedAtMs: nowMs - 50_000 })
        await signIn(store, 'third', { terms: LONG, limit: DISPLACE })
        assert.deepEqual(await statesOf(store, young, old), ['live', 'ended'])
      })

      it('evicts all above the limit that began before the limit was set', async () => {
        const { store, harness } = await start()
        const before: string[] = []
        for (const id of ['first', 'second', 'third']) {
          before.push(await signIn(store, id))
          await harness.advance(1)
        }
        const begun = await beginAs(store, 'fourth', { limit: DISPLACE })
        assert.ok(begun.state === 'begun')
        assert.deepEqual(begun.ended.map(row => row.handle).toSorted(), before.slice(0, 2).toSorted())
        assert.deepEqual(await statesOf(store, ...before), ['ended', 'ended', 'live'])
      })

      for (const becomes of ['renewed', 'ended', 'dropped', 'none'] as const) {
        it(`refuses one more, and writes nothing at all then (predecessor: ${becomes})`, async () => {
          const { store } = await start()
          const limit = { max: 1, whenFull: 'refuse' } as const
          const first = await signIn(store, 'first', { limit })
          const theirs = await signIn(store, 'theirs', { user: 'eve' })
          const old = becomes === 'dropped' ? await beginAnonymous(store, 'v') : theirs
          const before = [await store.find(first), await store.find(old), await store.stats()]
          const predecessor = becomes === 'none' ? {} : { predecessor: predecessorOf(old, becomes) }
          const { key, ...begun } = await beginAs(store, 'second', { limit, ...predecessor })
          assert.deepEqual(begun, { state: 'full' })
          assert.deepEqual(await store.find(key), { state: 'unknown' })
          assert.deepEqual([await store.find(first), await store.find(old), await store.stats()], before)
        })
      }

      for (const whenFull of ['displace', 'refuse'] as const) {
        for (const becomes of ['renewed', 'ended'] as const) {
          it(`gives the slot of a session that is ${becomes} to its successor (${whenFull})`, async () => {
            const { store } = await start()
            const first = await signIn(store, 'first')
            const second = await signIn(store, 'second')
            const predecessor = predecessorOf(first, becomes)
            const begun = await beginAs(store, 'new', { predecessor, limit: { max: 2, whenFull } })
            assert.ok(begun.state === 'begun')
            assert.deepEqual(reasonsIn(begun.ended), becomes === 'ended' ? [`${first} logout`] : [])
            assert.deepEqual(await statesOf(store, second, begun.key), ['live', 'live'])
          })
        }

        for (const [how, leave] of Object.entries({
          'that has ended': async (store: ActivityStore, key: string) => { await store.end(key, 'logout') },
          'that is another user\'s now': async (store: ActivityStore, key: string) => {
            await signIn(store, 'eves', { user: 'eve', predecessor: predecessorOf(key, 'ended') })
          },
          'that was renewed and has ended since': async (store: ActivityStore, key: string) => {
            await renew(store, key, 'renewed')
            await store.end(key, 'logout')
          }
        })) {
          it(`gives away the slot of one ${how}, and no other (${whenFull})`, async () => {
            const { store } = await start()
            const first = await signIn(store, 'first', { limit: REFUSE })
            const second = await signIn(store, 'second', { limit: REFUSE })
            await leave(store, first)
            const begun = await beginAs(store, 'third', { limit: { max: 2, whenFull } })
            assert.ok(begun.state === 'begun')
            assert.deepEqual([begun.ended, await stateOf(store, second)], [[], 'live'])
          })
        }
      }

      it('gives away the slot of an expired session, also without a sweep', async () => {
        const { store, harness } = await start()
        for (const id of ['first', 'second']) await signIn(store, id, { limit: REFUSE })
        await harness.advance(10)
        assert.equal((await beginAs(store, 'third', { limit: REFUSE })).state, 'begun')
      })

      it('lets a renewed session keep its slot and its age', async () => {
        const { store, harness } = await start()
        const first = await signIn(store, 'first', { limit: DISPLACE })
        await harness.advance(1)
        const second = await signIn(store, 'second', { limit: DISPLACE })
        const renewed = await renew(store, first, 'renewed', { limit: DISPLACE })
        assert.deepEqual(await statesOf(store, second, renewed), ['live', 'live'])
        await recordNow(store, renewed)
        await signIn(store, 'third', { limit: DISPLACE })
        assert.deepEqual([reasonOf(await store.find(renewed)), await stateOf(store, second)], ['displaced', 'live'])
      })

      it('holds when very many sign in at once', async () => {
        const { store } = await start()
        const names = Array.from({ length: 20 }, (_, i) => `s${i}`)
        const begun = await Promise.all(names.map(async id => await beginAs(store, id, { limit: REFUSE })))
        assert.equal(begun.filter(({ state }) => state === 'begun').length, 2)
        assert.equal((await listAll(store, { state: 'live', limit: 100 })).length, 2)
      })
    })
  })
}
