import { setTimeout as sleep } from 'node:timers/promises'
import type { ListOptions } from '../../src/index.ts'
import { listSessions } from '../../src/store/administration.ts'
import type { Person } from './people.ts'
import { newUser, signIn, TERMS, times } from './people.ts'
import { REFERENCES } from './references.ts'
import type { Unit } from './unit.ts'
import type { Node } from './site.ts'

/** Most sessions that loads and pings use. */
const SESSIONS = 1000

/** Sessions in the lists, and ended sessions before the sweep that finds nothing. */
const LISTED = 200
const OF_A_USER = 10
const LONGER = { ...TERMS, expireAfter: 7200 }

/** Terms of sessions that are expired as soon as all are written. */
const PASSING = { ...TERMS, warnAfter: 0.01, expireAfter: 0.02 }
const SWEPT_AT_ONCE = 100

/** A unit whose calls leave the sessions live. Its calls use many sessions in turn. */
function ofMany (name: string, call: (node: Node, person: Person, i: number) => Promise<unknown>): Unit {
  return {
    name,
    oneOf: 1,
    async prepare ({ nodes: [{ store }] }, count) {
      const people = await times(Math.min(SESSIONS, count), async () => await signIn(store))
      return async (node, i) => await call(node, at(people, i % people.length), i)
    }
  }
}

/** A unit whose calls each end or replace a session. Each call gets its own session. */
function ofEach (name: string, call: (node: Node, person: Person) => Promise<unknown>, oneOf = 1, sessions = 1): Unit {
  return {
    name,
    oneOf,
    async prepare ({ nodes: [{ store }] }, count) {
      const people = await times(count, async () => await signIn(store))
      for (let more = 1; more < sessions; more++) {
        await times(count, async i => await signIn(store, { user: at(people, i).user }))
      }
      return async (node, i) => await call(node, at(people, i))
    }
  }
}

function listPage (name: string, options: ListOptions): Unit {
  return {
    name,
    oneOf: 20,
    async prepare ({ nodes: [{ store }] }) {
      await times(LISTED, async () => await signIn(store))
      return async node => await listSessions(node.store, options)
    }
  }
}

const UNITS: readonly Unit[] = [
  ...REFERENCES,
  ofMany('load, passive', async ({ store }, { key }) => await store.load(key, null)),
  ofMany('load, within the throttle', async ({ store }, { key }) => {
    return await store.load(key, { throttleMs: 3_600_000, timeouts: TERMS })
  }),
  ofMany('load, active', async ({ store }, { key }) => await store.load(key, { throttleMs: 0, timeouts: TERMS })),
  // Timeouts that differ from the last call's move the deadline, as an activity does that follows long after another.
  ofMany('load, active, moves the index', async ({ store }, { key }, i) => {
    return await store.load(key, { throttleMs: 0, timeouts: Math.floor(i / SESSIONS) % 2 === 0 ? LONGER : TERMS })
  }),
  ofMany('ping with news', async ({ store }, { key }) => await store.recordActivity(key, Date.now())),
  ofMany('update of one key', async ({ store }, { key }, i) => {
    return await store.update(key, { set: { visits: String(i) }, remove: [] })
  }),
  { name: 'sign-in', oneOf: 2, prepare: async () => async ({ store }) => await signIn(store) },
  {
    name: 'first sign-in under a limit',
    oneOf: 2,
    prepare: async () => async ({ store }) => await signIn(store, {
      user: newUser(), limit: { max: 5, whenFull: 'displace' }
    })
  },
  ofEach('renewal', async ({ store }, person) => await signIn(store, { user: person.user, renews: person }), 2),
  ofEach('log-out', async ({ store }, { key }) => await store.end(key, 'logout'), 2),
  ofEach('end of all 10 of a user', async ({ store }, { user = '' }) => {
    const ended = await store.endUser(user, 'revoked')
    if (ended.length !== OF_A_USER) throw new Error(`ended ${ended.length}`)
  }, 10, OF_A_USER),
  {
    name: 'acknowledgement of an end',
    oneOf: 2,
    async prepare ({ nodes: [{ store }] }, count) {
      const handles = await times(count, async () => {
        const [ended] = await store.end((await signIn(store)).key, 'logout')
        return ended?.handle ?? ''
      })
      return async (node, i) => await node.store.acknowledge([at(handles, i)])
    }
  },
  {
    name: 'sweep, of each session',
    oneOf: 1,
    async prepare ({ nodes: [{ store }] }, count) {
      await times(count, async () => await signIn(store, { terms: PASSING }))
      await sleep(PASSING.expireAfter * 2000)
      return async (node, i) => {
        if (i % SWEPT_AT_ONCE > 0) return
        const { sessions } = await node.store.claimEnds(SWEPT_AT_ONCE)
        await node.store.acknowledge(sessions.map(({ handle }) => handle))
      }
    }
  },
  {
    name: `sweep that finds nothing, after ${LISTED} ends`,
    oneOf: 20,
    async prepare ({ nodes: [{ store }] }) {
      await times(LISTED, async () => {
        const ended = await store.end((await signIn(store)).key, 'logout')
        await store.acknowledge(ended.map(({ handle }) => handle))
      })
      return async node => await node.store.claimEnds(SWEPT_AT_ONCE)
    }
  },
  listPage('list page of 50', { limit: 50 }),
  listPage('list page of 50, in order', { limit: 50, order: 'ends-first' }),
  {
    name: 'list of a user\'s 10',
    oneOf: 10,
    async prepare ({ nodes: [{ store }] }) {
      const user = newUser()
      await times(OF_A_USER, async () => await signIn(store, { user }))
      return async node => await listSessions(node.store, { user })
    }
  }
]

/** Returns the units with that text in their names, and the references. */
export function chooseUnits (wanted: string): Unit[] {
  return UNITS.filter(unit => unit.name.includes(wanted) || REFERENCES.includes(unit))
}

function at<Item> (items: readonly Item[], i: number): Item {
  const item = items[i]
  if (item === undefined) throw new RangeError(`there is no item ${i}`)
  return item
}
