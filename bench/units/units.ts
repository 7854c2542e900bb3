import { setTimeout as sleep } from 'node:timers/promises'
import type { ListOptions } from '../../src/index.ts'
import { listSessions } from '../../src/store/administration.ts'
import type { Person } from './people.ts'
import { newUser, signIn, TERMS, times } from './people.ts'
import { REFERENCES } from './references.ts'
import type { Node, Site } from './site.ts'

/** What is done in one call, the `i`th. */
export type Call = (node: Node, i: number) => Promise<unknown>

/** One thing that Redis is asked, without HTTP. */
export interface Unit {
  readonly name: string
  /** Of so many calls that are asked for, one is made: it takes so much longer. */
  readonly oneOf: number
  /** Makes ready for so many calls, which is not measured. */
  prepare (site: Site, count: number): Promise<Call>
}

/** Sessions that loads and pings are about, at most. */
const SESSIONS = 1000

/** Sessions that lists are about, and ends that a sweep comes by. */
const LISTED = 200
const OF_A_USER = 10
const LONGER = { ...TERMS, expireAfter: 7200 }

/** Due as soon as all are written. */
const PASSING = { ...TERMS, warnAfter: 0.01, expireAfter: 0.02 }
const SWEPT_AT_ONCE = 100

/** Something about one of many sessions that stay. */
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

/** Something about a session that is then over. */
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
  // Other timeouts than at the last time move the deadline, as an activity does that comes long after the one before.
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

/** Those that have that in their names, and the references. */
export function chooseUnits (wanted: string): Unit[] {
  return UNITS.filter(unit => unit.name.includes(wanted) || REFERENCES.includes(unit))
}

function at<Item> (items: readonly Item[], i: number): Item {
  const item = items[i]
  if (item === undefined) throw new RangeError(`there is no item ${i}`)
  return item
}
