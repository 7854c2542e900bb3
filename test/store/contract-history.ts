import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { ANONYMOUS_RETENTION_SECONDS, CLAIM_LEASE_MS, TOMBSTONES_PER_USER } from '../../src/store/limits.ts'
import type { SessionKey } from '../../src/store/store.ts'
import type { ContractHarness } from './contract-kit.ts'
import { TERMS, beginAs, claimAll, handlesIn, listAll, reasonOf, signIn, stateOf, statesOf } from './contract-kit.ts'

const LASTING = { ...TERMS, expireAfter: 5000, absoluteTimeout: false } as const
const RETENTION = 3600
const OLDER = 20
const LEASE = CLAIM_LEASE_MS / 1000

/** The contract of tombstones of one user, however many there are (G13: bounded work). */
export function historyContract (name: string, newHarness: () => ContractHarness): void {
  interface Opened {
    readonly store: ActivityStore
    readonly harness: ContractHarness
    readonly empty: number
  }

  async function open (retention = RETENTION): Promise<Opened> {
    const harness = newHarness()
    const store = await harness.open({ retention })
    return { store, harness, empty: await harness.held(store) }
  }

  /**
   * Signs in and out again and again.
   * @returns the sessions, the one that ended first in front
   */
  async function comeAndGo (
    { store, harness }: Opened, count: number, user = 'ada', isTold = true
  ): Promise<SessionKey[]> {
    const keys: SessionKey[] = []
    for (let i = 0; i < count; i++) {
      const key = await signIn(store, `${user} ${i}`, { user, terms: LASTING })
      const ended = await store.end(key, 'logout')
      if (isTold) await store.acknowledge(handlesIn(ended))
      keys.push(key)
      await harness.advance(0.01)
    }
    return keys
  }

  /** Lets time pass, and a sweep come by, whose claims nobody acknowledges. */
  async function wait ({ store, harness }: Opened, seconds: number): Promise<void> {
    await harness.advance(seconds)
    await claimAll(store)
  }

  async function assertStates (store: ActivityStore, keys: readonly SessionKey[], state: string): Promise<void> {
    assert.deepEqual([...new Set(await statesOf(store, ...keys))], [state])
  }

  async function listed (store: ActivityStore, user?: string): Promise<string[]> {
    return handlesIn(await listAll(store, { state: 'ended', limit: 30, ...(user === undefined ? {} : { user }) }))
  }

  describe(`${name} keeps the contract of a user's tombstones (G13)`, () => {
    it('the latest ended sessions stay known for the retention, and older ones for ten minutes', async () => {
      const opened = await open()
      const { store, harness, empty } = opened
      const [bobs] = [await comeAndGo(opened, 1, 'bob')]
      const keys = await comeAndGo(opened, TOMBSTONES_PER_USER + OLDER)
      const [older, latest] = [keys.slice(0, OLDER), keys.slice(OLDER)]
      assert.deepEqual(await listed(store, 'ada'), latest.toSorted())
      await wait(opened, ANONYMOUS_RETENTION_SECONDS - 10)
      await assertStates(store, keys, 'ended')
      await wait(opened, 11)
      await assertStates(store, older, 'unknown')
      await assertStates(store, [...latest, ...bobs], 'ended')
      assert.deepEqual(await listed(store, 'ada'), latest.toSorted())
      assert.deepEqual(await listed(store), [...latest, ...bobs].toSorted())
      assert.equal((await store.stats()).ended, TOMBSTONES_PER_USER + 1)
      await wait(opened, RETENTION - ANONYMOUS_RETENTION_SECONDS)
      await assertStates(store, latest, 'unknown')
      await harness.advance(RETENTION)
      await claimAll(store)
      assert.equal(await harness.held(store), empty)
    })

    it('an older session does not come back while a request may hold it (G2: an end is final)', async () => {
      const opened = await open()
      const { store } = opened
      const [first = ''] = await comeAndGo(opened, TOMBSTONES_PER_USER + 1)
      await wait(opened, ANONYMOUS_RETENTION_SECONDS - 10)
      assert.equal((await store.update(first, { set: { a: '1' }, remove: [] })).state, 'ended')
      assert.equal((await store.recordActivity(first, 0)).state, 'ended')
      assert.equal((await beginAs(store, 'ada 0')).state, 'over')
      const predecessor = { key: first, becomes: 'renewed' } as const
      assert.equal((await beginAs(store, 'renewed', { predecessor })).state, 'over')
      assert.equal(reasonOf(await store.find(first)), 'logout')
    })

    it('a session with a pending end stays known until its acknowledgement, and for ten minutes at least', async () => {
      for (const seconds of [ANONYMOUS_RETENTION_SECONDS / 2, 2 * ANONYMOUS_RETENTION_SECONDS]) {
        const opened = await open()
        const { store } = opened
        const keys = await comeAndGo(opened, TOMBSTONES_PER_USER + OLDER, 'ada', false)
        await opened.harness.advance(seconds)
        assert.deepEqual(handlesIn(await claimAll(store)), keys.toSorted())
        await store.acknowledge(keys)
        const isLate = seconds > ANONYMOUS_RETENTION_SECONDS
        await wait(opened, LEASE)
        await assertStates(store, keys.slice(0, OLDER), isLate ? 'unknown' : 'ended')
        await wait(opened, ANONYMOUS_RETENTION_SECONDS / 2)
        await assertStates(store, keys.slice(0, OLDER), 'unknown')
        await assertStates(store, keys.slice(OLDER), 'ended')
      }
    })

    it('an end that is acknowledged again is forgotten no earlier', async () => {
      const opened = await open()
      const { store } = opened
      const keys = await comeAndGo(opened, TOMBSTONES_PER_USER + OLDER, 'ada', false)
      for (let times = 0; times < 3; times++) await store.acknowledge(keys)
      const last = await signIn(store, 'last', { terms: LASTING })
      await store.end(last, 'logout')
      for (let times = 0; times < 3; times++) await store.acknowledge([...keys, last])
      await wait(opened, ANONYMOUS_RETENTION_SECONDS - 10)
      await assertStates(store, keys, 'ended')
      await wait(opened, 11)
      await assertStates(store, keys.slice(0, OLDER + 1), 'unknown')
      await assertStates(store, [...keys.slice(OLDER + 1), last], 'ended')
    })

    it('the latest ends count by when they were found: one that a sweep finds late stays for ten minutes', async () => {
      const opened = await open()
      const { store, harness } = opened
      const idle = await signIn(store, 'idle') // ends after ten seconds
      await harness.advance(11)
      const keys = await comeAndGo(opened, TOMBSTONES_PER_USER)
      await harness.advance(1000)
      const claimed = await claimAll(store)
      assert.deepEqual(handlesIn(claimed), [idle])
      await store.acknowledge([idle])
      assert.deepEqual(await listed(store, 'ada'), keys.toSorted())
      await wait(opened, ANONYMOUS_RETENTION_SECONDS - 10)
      assert.equal(reasonOf(await store.find(idle)), 'idle')
      await wait(opened, 11)
      assert.equal(await stateOf(store, idle), 'unknown')
      await assertStates(store, keys, 'ended')
    })

    for (const how of ['endUser', 'a limit', 'deadlines']) {
      it(`sessions that end at once by ${how} leave as many tombstones`, async () => {
        const opened = await open()
        const { store, harness } = opened
        const keys: SessionKey[] = []
        for (let i = 0; i < TOMBSTONES_PER_USER + OLDER; i++) {
          keys.push(await signIn(store, `s${i}`, how === 'deadlines' ? {} : { terms: LASTING }))
        }
        if (how === 'endUser') await store.acknowledge(handlesIn(await store.endUser('ada', 'revoked')))
        if (how === 'a limit') {
          const begun = await beginAs(store, 'last', { terms: LASTING, limit: { max: 1, whenFull: 'displace' } })
          assert.ok(begun.state === 'begun')
          await store.acknowledge(handlesIn(begun.ended))
        }
        if (how === 'deadlines') {
          await harness.advance(11)
          await store.acknowledge(handlesIn(await claimAll(store)))
        }
        await assertStates(store, keys, 'ended')
        await wait(opened, ANONYMOUS_RETENTION_SECONDS + 1)
        const states = await statesOf(store, ...keys)
        assert.equal(states.filter(state => state === 'ended').length, TOMBSTONES_PER_USER)
        assert.equal((await listed(store, 'ada')).length, TOMBSTONES_PER_USER)
      })
    }

    it('the tombstones of a user do not depend on other users or on sessions without a user', async () => {
      const opened = await open()
      const { store } = opened
      const keys: SessionKey[] = []
      for (const user of ['ada', 'bob']) keys.push(...await comeAndGo(opened, TOMBSTONES_PER_USER / 2 + OLDER, user))
      for (let i = 0; i < TOMBSTONES_PER_USER + OLDER; i++) {
        const key = store.keyOf(store.idFor(`nameless ${i}`))
        await store.begin(key, { contents: {}, terms: LASTING })
        await store.acknowledge(handlesIn(await store.end(key, 'logout')))
        keys.push(key)
      }
      await wait(opened, ANONYMOUS_RETENTION_SECONDS + 1)
      await assertStates(store, keys, 'ended')
    })

    it('no retention is made longer', async () => {
      const opened = await open(60)
      const { store } = opened
      const keys = await comeAndGo(opened, TOMBSTONES_PER_USER + OLDER)
      await wait(opened, 50)
      await assertStates(store, keys, 'ended')
      await wait(opened, 11)
      await assertStates(store, keys, 'unknown')
    })
  })
}
