import { RedisStore as ConnectRedis } from 'connect-redis'
import type { Contents } from '../../src/index.ts'
import { markdown } from '../table.ts'
import type { Person, SignIn } from './people.ts'
import { contentsOf, DEVICE, newUser, signIn, times } from './people.ts'
import { PEER_COOKIE } from './references.ts'
import type { Node, Site } from './site.ts'

/** Bytes of Redis' memory for one of many sessions. */
interface Weight {
  readonly name: string
  readonly bytes: number
  /** Ratio to the bytes of connect-redis for the same contents. Absent if connect-redis has no such thing. */
  readonly timesPeer?: number
}

/** Users and devices of many sessions. */
interface Kind {
  readonly name: string
  readonly asked: (i: number) => SignIn
}

/** Sessions of one user. Redis keeps all their tombstones: `TOMBSTONES_PER_USER_AND_HOUR` is higher. */
const OF_ONE = 100
const NOBODY: Kind = { name: 'no user', asked: () => ({ user: undefined }) }
const OTHERS: Kind = { name: 'each of another user', asked: () => ({ user: newUser() }) }
const OTHERS_DEVICES: Kind = {
  name: 'each of another user, with device', asked: () => ({ user: newUser(), device: DEVICE })
}
const SHARED: Kind = { name: `${OF_ONE} of each user`, asked: i => ({ user: sharedUser(i) }) }
const SHARED_DEVICES: Kind = {
  name: `${OF_ONE} of each user, with device`, asked: i => ({ user: sharedUser(i), device: DEVICE })
}
const KINDS = [NOBODY, OTHERS, OTHERS_DEVICES, SHARED, SHARED_DEVICES]

/** The kind from which the memory of many sessions is calculated. */
const TYPICAL = OTHERS_DEVICES

/** Contents of 200 bytes in two shapes. */
const SHAPES: Readonly<Record<string, (user: string) => Contents>> = {
  '200 bytes in one value': user => contentsOf(user),
  '200 bytes in six small values': user => ({ user: JSON.stringify(user), ...SMALL })
}

const SMALL: Contents = {
  csrf: JSON.stringify('x'.repeat(40)),
  roles: JSON.stringify(['editor', 'auditor', 'member']),
  cart: JSON.stringify([17, 4, 2026, 4711]),
  locale: JSON.stringify('en-GB'),
  flags: JSON.stringify({ beta: true, tour: false, theme: 'dark' })
}

export interface Weights {
  readonly rows: readonly Weight[]
  /** Bytes of a live session with a user and a device. */
  readonly live: number
  /** Bytes of the tombstone of such a session. */
  readonly tombstone: number
}

/**
 * Measures the memory of sessions and tombstones.
 * @param all measures all kinds, which takes minutes. `false` measures only `TYPICAL`.
 */
export async function weigh (site: Site, count: number, { all = true } = {}): Promise<Weights> {
  const rows: Weight[] = []
  for (const [shape, contents] of Object.entries(SHAPES).slice(0, all ? 2 : 1)) {
    const peer = all ? await weighPeer(site, count, contents) : undefined
    if (peer !== undefined) rows.push({ name: `connect-redis, ${shape}`, bytes: peer })
    for (const kind of all ? KINDS : [TYPICAL]) {
      const bytes = await growth(site, count, async node => { await fill(node, count, kind, contents) })
      const name = `live, ${shape}, ${kind.name}`
      rows.push({ name, bytes, ...(peer === undefined ? {} : { timesPeer: bytes / peer }) })
    }
  }
  for (const kind of all ? KINDS : [TYPICAL]) {
    const bytes = await growth(site, count, async node => await end(node, await fill(node, count, kind)))
    rows.push({ name: `ended, notified, acknowledged, ${kind.name}`, bytes })
  }
  const of = (start: string): number => {
    return rows.find(({ name }) => name.startsWith(start) && name.endsWith(TYPICAL.name))?.bytes ?? NaN
  }
  return { rows, live: of('live'), tombstone: of('ended') }
}

export function renderWeights ({ rows }: Weights, count: number): string {
  const head = [`of ${count} sessions in Redis`, 'bytes each', '× connect-redis']
  return markdown(head, rows.map(({ name, bytes, timesPeer }) => [name, bytes.toFixed(0), timesPeer?.toFixed(2) ?? '']))
}

async function growth (site: Site, count: number, act: (node: Node) => Promise<void>): Promise<number> {
  const [node] = site.nodes
  await teach(node)
  await site.clear()
  const before = await site.usedMemory()
  await act(node)
  return (await site.usedMemory() - before) / count
}

/** Loads the scripts into Redis before the measurement, because scripts take memory too. */
async function teach (node: Node): Promise<void> {
  await end(node, [await signIn(node.store)])
}

async function fill (
  { store }: Node, count: number, { asked }: Kind, contents: (user: string) => Contents = contentsOf
): Promise<Person[]> {
  return await times(count, async i => {
    const one = asked(i)
    return await signIn(store, { ...one, contents: contents(one.user ?? '') })
  })
}

async function end ({ store }: Node, people: readonly Person[]): Promise<void> {
  await times(people.length, async i => {
    const ended = await store.end(people[i]?.key ?? '', 'logout')
    await store.acknowledge(ended.map(({ handle }) => handle))
  })
}

async function weighPeer (site: Site, count: number, contents: (user: string) => Contents): Promise<number> {
  return await growth(site, count, async ({ client }) => {
    const peer = new ConnectRedis({ client, ttl: 3600 })
    await times(count, async i => {
      const values = Object.entries(contents(newUser())).map(([key, text]) => [key, JSON.parse(text)])
      const session = { cookie: PEER_COOKIE, ...Object.fromEntries(values) }
      await peer.set(String(i).padStart(32, 'i'), session)
    })
  })
}

function sharedUser (i: number): string {
  return `user-${String(Math.floor(i / OF_ONE)).padStart(8, '0')}`
}
