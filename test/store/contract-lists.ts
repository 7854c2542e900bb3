import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deadlineMs } from '../../src/core/policy.ts'
import type { Terms } from '../../src/core/terms.ts'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { findSession, listSessions } from '../../src/store/administration.ts'
import type { ListOrder, ListedState, Row, SessionKey } from '../../src/store/store.ts'
import type { ContractHarness, Started } from './contract-kit.ts'
import {
  beginAnonymous, claimAll, handlesIn, predecessorOf, listAll, recordNow, renew,
  signIn as signInWith, start as startWith
} from './contract-kit.ts'

const TERMS: Terms = { isAuthenticated: true, warnAfter: 50, expireAfter: 100, absoluteTimeout: 300 }
const ORDERS = ['ends-first', 'ends-last', undefined] as const

/** The contract of lists and counts of ended sessions, swept or not. */
export function listsContract (name: string, newHarness: () => ContractHarness): void {
  const start = async (): Promise<Started> => await startWith(newHarness)

  describe(`${name} keeps the contract of lists`, () => {
    it('names the same sessions as ended and live as a look-up does, at any moment', async () => {
      const { store, harness } = await start()
      const keys = await variedSessions(store, harness)
      for (let second = 0; second < 12; second++) {
        await checkAgreement(store, keys, [50, 4, 1][second % 3] ?? 1)
        if (second === 6) assert.notEqual((await claimAll(store)).length, 0)
        await harness.advance(second % 4 === 3 ? 37 : 4)
      }
    })

    it('pages through ended sessions in order while a sweep claims them', async () => {
      for (const order of ORDERS) {
        const { store, harness } = await start()
        const keys = await variedSessions(store, harness)
        await harness.advance(400)
        const seen: string[] = []
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page = await store.list({ state: 'ended', limit: 2, ...given({ order, cursor }) })
          assertInOrder(page.rows, order)
          seen.push(...page.rows.map(row => row.handle))
          cursor = page.cursor
          const { sessions } = await store.claimEnds(3)
          await store.acknowledge(sessions.map(({ handle }) => handle))
        }
        const ended = await handlesOf(store, keys, 'ended')
        assert.deepEqual([...new Set(seen)].toSorted(), ended)
        if (order !== undefined) assert.equal(seen.length, ended.length)
      }
    })

    it('lists all sessions in the order of their ends, the live ones too', async () => {
      const { store, harness } = await start()
      const keys = await variedSessions(store, harness)
      await harness.advance(95)
      for (const order of ['ends-first', 'ends-last'] as const) {
        const seen: number[] = []
        for (let cursor: string | null | undefined; cursor !== null;) {
          const page = await listSessions(store, { state: 'all', order, limit: 3, ...given({ cursor }) })
          seen.push(...page.sessions.map(one => one.state === 'ended' ? one.endedAtMs : Infinity))
          cursor = page.cursor
        }
        const direction = order === 'ends-last' ? -1 : 1
        assert.deepEqual(seen, seen.toSorted((a, b) => direction * (a === b ? 0 : a - b)))
        assert.ok(seen.includes(Infinity))
        const known = [...await handlesOf(store, keys, 'ended'), ...await handlesOf(store, keys, 'live')]
        assert.equal(seen.length, known.length)
      }
    })

    it('finds the sessions of users by the beginning of their ids, in upper or lower case', async () => {
      const { store } = await start()
      const users = ['Ada', 'ada.b', 'adam', 'eve', 'Élan']
      for (const user of users) await signIn(store, `${user} live`, user)
      const [ended = ''] = await Promise.all(users.map(async user => await signIn(store, `${user} ended`, user)))
      for (const user of users) if (user !== 'Ada') await signIn(store, `${user} again`, user)
      const nobodys = store.keyOf(store.idFor('nobody'))
      await store.begin(nobodys, { contents: {}, terms: TERMS })
      await store.end(ended, 'revoked')
      for (const [userPrefix, expected] of [
        ['ad', 7], ['AD', 7], ['ada', 7], ['ada.', 3], ['adam', 3], ['eve', 3], ['da', 0], ['%', 0], ['é', 3]
      ] as const) {
        for (const order of ORDERS) {
          const rows = await listAll(store, { state: 'live', limit: 4, userPrefix, ...given({ order }) })
          assert.equal(rows.length, expected, `${userPrefix}, ${order}`)
        }
      }
      assert.deepEqual(handlesIn(await listAll(store, { state: 'ended', limit: 4, userPrefix: 'a' })), [ended])
    })

    it('keeps the name of the person who ended a session, through its claim and in every list', async () => {
      const { store, harness } = await start()
      const ended = await signIn(store, 'one')
      const boss = 'boss "ü" - <b>'
      assert.deepEqual((await store.end(ended, 'revoked', boss)).map(({ by }) => by), [boss])
      const all = await Promise.all(['two', 'three'].map(async id => await signIn(store, id)))
      assert.deepEqual((await store.endUser('ada', 'revoked', { by: 'root' })).map(({ by }) => by), ['root', 'root'])
      const own = await signIn(store, 'own')
      await store.end(own, 'logout')
      await harness.advance(61)
      const named = (await claimAll(store)).map(({ handle, by }) => `${handle} ${by}`).toSorted()
      const expected = [`${ended} ${boss}`, ...all.map(handle => `${handle} root`), `${own} undefined`]
      assert.deepEqual(named, expected.toSorted())
      const { sessions: listed } = await listSessions(store, { state: 'ended', order: 'ends-last' })
      assert.deepEqual(
        listed.map(one => `${one.handle} ${'by' in one ? one.by : undefined}`).toSorted(), expected.toSorted()
      )
      assert.equal('by' in (listed.find(({ handle }) => handle === own) ?? {}), false)
    })

    it('forgets an ended session after the retention, also in lists and counts', async () => {
      const harness = newHarness()
      const store = await harness.open({ retention: 200 })
      await signIn(store, 'late')
      await harness.advance(150) // 50 s after its end
      await claimAll(store)
      await store.end(await signIn(store, 'prompt'), 'revoked')
      await harness.advance(199)
      assert.equal((await listAll(store, { state: 'ended', limit: 9 })).length, 2)
      assert.equal((await store.stats()).ended, 2)
      await harness.advance(2)
      await claimAll(store)
      for (const user of ['ada', undefined]) {
        for (const order of ORDERS) {
          assert.deepEqual(await listAll(store, { state: 'ended', limit: 9, ...given({ user, order }) }), [])
        }
      }
      assert.equal((await store.stats()).ended, 0)
    })
  })
}

/** Sessions in every state, with ends that lie closer together than an index is exact. */
async function variedSessions (store: ActivityStore, harness: ContractHarness): Promise<SessionKey[]> {
  const keys: SessionKey[] = []
  for (let i = 0; i < 10; i++) {
    keys.push(await signIn(store, `s${i}`, i % 3 === 0 ? 'eve' : 'ada', i % 2 === 0 ? 100 : 60 + i))
    await harness.advance(1)
  }
  const [first = '', second = '', third = '', fourth = '', fifth = '', sixth = ''] = keys
  for (const key of [second, first, fourth]) { // later than those that began after them, and indexed as before
    await harness.advance(2)
    await recordNow(store, key)
  }
  await store.end(third, 'logout')
  keys.push(await renew(store, fifth, 'renewed', { terms: TERMS }))
  keys.push(await signIn(store, 'over', 'bob', 100, sixth))
  keys.push(await beginAnonymous(store, 'anonymous'))
  await harness.advance(1)
  await store.end(fourth, 'revoked')
  return keys
}

async function checkAgreement (store: ActivityStore, keys: readonly SessionKey[], limit: number): Promise<void> {
  const { live, ended } = await store.stats()
  for (const state of ['live', 'ended'] as const) {
    const expected = await handlesOf(store, keys, state)
    assert.equal({ live, ended }[state], expected.length, state)
    for (const order of ORDERS) {
      const rows = await listAll(store, { state, limit, ...given({ order }) })
      assert.deepEqual(handlesIn(rows), expected, `${state} ${order} ${limit}`)
      assertInOrder(rows, order)
      const ofUsers = await Promise.all(['ada', 'eve', 'bob'].map(async user => {
        const theirs = await listAll(store, { state, limit, user, ...given({ order }) })
        assertInOrder(theirs, order)
        return theirs
      }))
      assert.deepEqual(handlesIn(ofUsers.flat()), expected)
    }
  }
}

/** Returns the handles that a look-up finds. A renewed session is shown as its successor. */
async function handlesOf (store: ActivityStore, keys: readonly SessionKey[], state: ListedState): Promise<string[]> {
  const found = await Promise.all(keys.map(async key => await findSession(store, key)))
  return [...new Set(found.flatMap(one => one?.state === state ? one.handle : []))].toSorted()
}

function assertInOrder (rows: readonly Row[], order: ListOrder | undefined): void {
  const ends = rows.map(({ session }) => {
    assert.ok(session.state === 'live' || session.state === 'ended')
    return session.state === 'live' ? deadlineMs(session.record) : session.ended.endedAtMs
  })
  const direction = order === 'ends-last' ? -1 : 1
  if (order !== undefined) assert.deepEqual(ends, ends.toSorted((a, b) => direction * (a - b)))
}

async function signIn (
  store: ActivityStore, name: string, user = 'ada', expireAfter = 100, over?: SessionKey
): Promise<SessionKey> {
  const inPlace = over === undefined ? {} : { predecessor: predecessorOf(over, 'ended') }
  return await signInWith(store, name, { terms: { ...TERMS, expireAfter }, user, ...inPlace })
}

/** Without the options that are absent. */
function given<Options extends object> (
  options: Options
): { [Key in keyof Options]?: Exclude<Options[Key], undefined | null> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== null)
  return Object.fromEntries(entries) as { [Key in keyof Options]?: Exclude<Options[Key], undefined | null> }
}
