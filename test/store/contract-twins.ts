import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { EndReason } from '../../src/core/policy.ts'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import type { EndedSession, SessionKey } from '../../src/store/store.ts'
import { MOST_SUCCESSORS } from '../../src/store/limits.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { ContractHarness, Started } from './contract-kit.ts'
import {
  AT_ONCE, TERMS, beginAs, claimAll, contentsOf, handlesIn, predecessorOf, listAll, live, reasonOf, reasonsIn,
  recordNow, renew, signIn, stateOf, statesOf, start as startWith
} from './contract-kit.ts'

interface Twins {
  readonly old: SessionKey
  readonly left: SessionKey
  readonly right: SessionKey
}

/** Declares the contract of a log-out: it ends twins too. Twins are several renewals of one session at once. */
export function twinsContract (name: string, newHarness: () => ContractHarness): void {
  const start = async (): Promise<Started> => await startWith(newHarness)
  /** Begins a session of ada that two requests renew at once, and two other sessions. */
  const startWithTwins = async (): Promise<Started & Twins & { readonly others: SessionKey[] }> => {
    const { store, harness } = await start()
    const others = [await signIn(store, 'another browser'), await signIn(store, 'eve', { user: 'eve' })]
    return { store, harness, others, ...await twinsOf(store, await signIn(store, 'old')) }
  }

  describe(`${name} keeps the contract of log-outs`, () => {
    describe('a log-out', () => {
      for (const which of ['left', 'right', 'old'] as const) {
        it(`with the ${which} of a session and its two renewals ends both, claimed for the caller`, async () => {
          const { store, harness, others, ...keys } = await startWithTwins()
          const ended = await store.end(keys[which], 'logout')
          assert.deepEqual(reasonsIn(ended), [`${keys.left} logout`, `${keys.right} logout`].toSorted())
          assert.deepEqual(await statesOf(store, keys.left, keys.right, ...others), ['ended', 'ended', 'live', 'live'])
          assert.deepEqual(await claimAll(store), [])
          await store.acknowledge(handlesIn(ended))
          await harness.advance(CLAIM_LEASE_MS / 1000)
          assert.deepEqual(handlesIn(await claimAll(store)), others.toSorted())
          assert.deepEqual(await store.end(keys[which], 'logout'), [])
        })
      }

      it('ends a twin that was renewed further, and is the same with a successor of one', async () => {
        for (const which of ['left', 'middle', 'leftmost', 'right'] as const) {
          const { store, left, right } = await startWithTwins()
          const middle = await renew(store, left, 'middle')
          const leftmost = await renew(store, middle, 'leftmost')
          const ended = await store.end({ left, middle, leftmost, right }[which], 'logout')
          assert.deepEqual(handlesIn(ended), [leftmost, right].toSorted(), which)
        }
      })

      it('ends a twin that began late, when the other was renewed further already', async () => {
        for (const which of ['newest', 'late'] as const) {
          const { store } = await start()
          const old = await signIn(store, 'old')
          const newest = await renew(store, await renew(store, old, 'newer'), 'newest')
          const late = await renew(store, old, 'late')
          assert.deepEqual(handlesIn(await store.end({ newest, late }[which], 'logout')), [newest, late].toSorted())
        }
      })

      it('ends the successors of twins of a twin', async () => {
        const { store, left, right } = await startWithTwins()
        const lower = await twinsOf(store, await renew(store, left, 'lower'), 'lower ')
        const also = await renew(store, lower.left, 'also')
        const ended = await store.end(lower.right, 'logout')
        assert.deepEqual(handlesIn(ended), [also, lower.right, right].toSorted())
      })

      it('ends a session that was renewed by one request at a time, and no other', async () => {
        const { store } = await start()
        const other = await signIn(store, 'another browser')
        const newest = await renew(store, await renew(store, await signIn(store, 'old'), 'newer'), 'newest')
        assert.deepEqual(handlesIn(await store.end(newest, 'logout')), [newest])
        assert.equal(await stateOf(store, other), 'live')
      })

      it('ends a twin that has recorded activities and edits since', async () => {
        const { store, harness, left, right } = await startWithTwins()
        await harness.advance(1)
        for (const key of [left, right]) {
          await store.load(key, AT_ONCE)
          await store.load(key, { throttleMs: 0, timeouts: { ...TERMS, expireAfter: 20 } })
          await recordNow(store, key)
          await store.update(key, { set: { a: '1' }, remove: ['user'] })
        }
        assert.deepEqual(handlesIn(await store.end(left, 'logout')), [left, right].toSorted())
      })

      it('does not change a twin that has ended', async () => {
        const { store, harness, left, right } = await startWithTwins()
        await store.end(right, 'revoked')
        assert.deepEqual(handlesIn(await store.end(left, 'logout')), [left])
        assert.equal(reasonOf(await store.find(right)), 'revoked')
        const next = await twinsOf(store, await signIn(store, 'next'), 'next ')
        await harness.advance(8)
        await recordNow(store, next.left)
        await harness.advance(2)
        assert.deepEqual(handlesIn(await store.end(next.left, 'logout')), [next.left])
        assert.equal(reasonOf(await store.find(next.right)), 'idle')
      })

      it('with an ended session ends nothing', async () => {
        const { store, left, right } = await startWithTwins()
        await store.end(right, 'revoked')
        assert.deepEqual(await store.end(right, 'logout'), [])
        assert.equal(await stateOf(store, left), 'live')
      })

      for (const [which, sweeps] of [['old', true], ['left', true], ['left', false]] as const) {
        const how = sweeps ? 'and swept' : 'with no sweep'
        it(`with the ${which} twin ends both long after their predecessor is over, ${how}`, async () => {
          const harness = newHarness()
          const store = await harness.open({ retention: 60 })
          const terms = { ...TERMS, absoluteTimeout: false } as const
          const old = await signIn(store, 'old', { terms })
          const left = await renew(store, old, 'left', { terms })
          const right = await renew(store, old, 'right', { terms })
          for (let i = 0; i < 100; i++) {
            await harness.advance(6)
            for (const key of [left, right]) assert.equal((await recordNow(store, key)).state, 'recorded')
            if (sweeps) await claimAll(store)
            await signIn(store, `another ${i}`, { user: 'eve' }) // clears away what is over
          }
          assert.deepEqual(handlesIn(await store.end({ old, left }[which], 'logout')), [left, right].toSorted())
        })
      }

      it('frees the slots of both twins under a limit', async () => {
        const { store } = await start()
        const { left } = await twinsOf(store, await signIn(store, 'old'))
        await store.end(left, 'logout')
        assert.equal((await beginAs(store, 'new', { limit: { max: 1, whenFull: 'refuse' } })).state, 'begun')
      })

      it('ends the session and any twin of the latest fork, after however many renewals', async () => {
        const { store } = await start()
        const first = await twinsOf(store, await signIn(store, 'old'))
        let newest = first.left
        for (let i = 0; i < 100; i++) newest = await renew(store, newest, `newer ${i}`)
        const last = await twinsOf(store, newest, 'last ')
        let latest = last.left
        for (let i = 0; i < 100; i++) latest = await renew(store, latest, `latest ${i}`)
        assert.deepEqual(handlesIn(await store.end(latest, 'logout')), [latest, last.right, first.right].toSorted())
      })

      it('leaves no session of the family alive, after any renewals and revocations', { timeout: 60_000 }, async () => {
        const acts = fc.array(fc.tuple(fc.constantFrom('renew', 'renew', 'renew', 'revoke'), fc.nat(14)), {
          minLength: 2, maxLength: 14
        })
        await fc.assert(fc.asyncProperty(acts, fc.nat(14), async (acts, last) => {
          const { store } = await start()
          const family = new Family(store, await signIn(store, 'old'))
          for (const [act, at] of acts) await (act === 'renew' ? family.renew(at) : family.end(at, 'revoked'))
          const expected = family.goesOn(last) ? family.living() : []
          assert.deepEqual(handlesIn(await family.end(last, 'logout')), expected)
        }), { numRuns: 100, interruptAfterTimeLimit: 20_000, endOnFailure: true })
      })
    })

    describe('any other end of a twin', () => {
      for (const reason of ['revoked', 'displaced', 'idle', 'absolute'] as const) {
        it(`does not end the other (${reason})`, async () => {
          const { store, left, right } = await startWithTwins()
          assert.deepEqual(reasonsIn(await store.end(right, reason)), [`${right} ${reason}`])
          assert.deepEqual(await statesOf(store, left, right), ['live', 'ended'])
        })
      }

      it('does not end the other when a limit evicts it', async () => {
        const { store, harness } = await start()
        const old = await signIn(store, 'old')
        const left = await renew(store, old, 'left')
        await harness.advance(1)
        const right = await signIn(store, 'right', { predecessor: predecessorOf(old, 'renewed') })
        const begun = await beginAs(store, 'new', { limit: { max: 2, whenFull: 'displace' } })
        assert.deepEqual(begun.state === 'begun' && reasonsIn(begun.ended), [`${left} displaced`])
        assert.deepEqual(await statesOf(store, left, right), ['ended', 'live'])
      })
    })

    describe('another sign-in', () => {
      for (const which of ['left', 'old'] as const) {
        it(`whose predecessor is the ${which} twin ends both as a log-out`, async () => {
          const { store, others, ...keys } = await startWithTwins()
          const predecessor = predecessorOf(keys[which], 'ended')
          const begun = await beginAs(store, 'new', { user: 'eve', predecessor })
          assert.ok(begun.state === 'begun')
          assert.deepEqual(reasonsIn(begun.ended), [`${keys.left} logout`, `${keys.right} logout`].toSorted())
          assert.deepEqual(await statesOf(store, ...others, begun.key), ['live', 'live', 'live'])
        })
      }

      it('takes the slots of both twins', async () => {
        const { store } = await start()
        const { left, right } = await twinsOf(store, await signIn(store, 'old'))
        const limit = { max: 1, whenFull: 'refuse' } as const
        const begun = await beginAs(store, 'new', { predecessor: predecessorOf(left, 'ended'), limit })
        assert.deepEqual(begun.state === 'begun' && handlesIn(begun.ended), [left, right].toSorted())
      })

      it('as another user takes over a twin, and is no twin', async () => {
        const { store, left, right } = await startWithTwins()
        const eves = await signIn(store, 'eves', { user: 'eve', predecessor: predecessorOf(left, 'renewed') })
        assert.deepEqual(handlesIn(await store.end(right, 'logout')), [right])
        assert.equal(await stateOf(store, eves), 'live')
      })
    })

    it('a twin has only its own contents, and the keys of the application may have any name', async () => {
      const { store } = await start()
      const contents = { '@<': '"mine"', '<': '"mine too"' }
      const { left, right } = await twinsOf(store, await signIn(store, 'old', { contents }))
      assert.deepEqual(await contentsOf(store, left), { user: '"ada"' })
      await store.update(left, { set: contents, remove: ['user'] })
      assert.deepEqual(await contentsOf(store, left), contents)
      await store.update(left, { set: { a: '1' }, remove: ['@<', '<'] })
      assert.deepEqual(await contentsOf(store, left), { a: '1' })
      assert.deepEqual(handlesIn(await store.end(left, 'logout')), [left, right].toSorted())
    })

    it('a twin may be as large as any session', async () => {
      const harness = newHarness()
      const store = await harness.open({ maxSessionBytes: 100 })
      const { left } = await twinsOf(store, await signIn(store, 'old', { contents: {} }))
      await store.update(left, { set: { a: `"${'x'.repeat(97)}"` }, remove: ['user'] })
      const larger = store.update(left, { set: { a: `"${'x'.repeat(98)}"` }, remove: [] })
      await assert.rejects(larger, { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE' })
    })

    it('a list names a twin once', async () => {
      const { store, left, right, others } = await startWithTwins()
      const listed = handlesIn(await listAll(store, { state: 'live', limit: 10 }))
      assert.deepEqual(listed, [left, right, ...others].toSorted())
    })
  })
}

/** Renews a session by two requests at once. */
async function twinsOf (store: ActivityStore, old: SessionKey, prefix = ''): Promise<Twins> {
  const { user = '', record: { startedAtMs } } = live(await store.find(old))
  const beginning = { user, startedAtMs, predecessor: predecessorOf(old, 'renewed') }
  const [left, right] = await Promise.all([
    signIn(store, `${prefix}left`, beginning), signIn(store, `${prefix}right`, beginning)
  ])
  return { old, left, right }
}

interface Member {
  readonly key: SessionKey
  state: 'live' | 'renewed' | 'ended'
}

/** The expected sessions of one sign-in: all that requests made of it by renewals. */
class Family {
  readonly #store: ActivityStore
  readonly #members: Member[]

  constructor (store: ActivityStore, key: SessionKey) {
    this.#store = store
    this.#members = [{ key, state: 'live' }]
  }

  living (): SessionKey[] {
    return this.#members.filter(({ state }) => state === 'live').map(({ key }) => key).toSorted()
  }

  /** Whether a member, or a member of the family of a renewed one, is alive. */
  goesOn (at: number): boolean {
    return this.#goingOn(at % this.#members.length).length > 0
  }

  async renew (at: number): Promise<void> {
    const [index, member] = this.#at(at)
    const beginning = { predecessor: predecessorOf(member.key, 'renewed') } as const
    const begun = await beginAs(this.#store, `renewal ${this.#members.length}`, beginning)
    const isGranted = this.goesOn(index) && (member.state === 'live' || this.living().length < MOST_SUCCESSORS)
    assert.equal(begun.state, isGranted ? 'begun' : 'over')
    if (begun.state !== 'begun') return
    member.state = 'renewed'
    this.#members.push({ key: begun.key, state: 'live' })
  }

  async end (at: number, reason: EndReason): Promise<readonly EndedSession[]> {
    const [index, { key }] = this.#at(at)
    for (const member of this.#goingOn(index)) member.state = 'ended'
    return await this.#store.end(key, reason)
  }

  #at (at: number): readonly [index: number, member: Member] {
    const index = at % this.#members.length
    const member = this.#members[index]
    assert.ok(member !== undefined)
    return [index, member]
  }

  #goingOn (index: number): Member[] {
    const member = this.#members[index]
    if (member === undefined || member.state === 'ended') return []
    return member.state === 'live' ? [member] : this.#members.filter(({ state }) => state === 'live')
  }
}
