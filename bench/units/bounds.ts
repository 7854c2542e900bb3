import type { Contents } from '../../src/index.ts'
import { median } from '../median.ts'
import { markdown } from '../table.ts'
import type { Person } from './people.ts'
import { signIn, TERMS, times } from './people.ts'
import { commandsUs } from './slow-log.ts'
import type { Node, Site } from './site.ts'

/** For how long one command with the largest accepted sessions blocks Redis. */
export interface Bound {
  readonly shape: string
  readonly call: string
  /** Commands that the client sent for the last call. */
  readonly commands: number
  /** Median over the calls of the longest command, in µs. Redis does not count input and output. */
  readonly medianUs: number
  /** Microseconds of the longest command of all calls. */
  readonly longestUs: number
}

/** The default of `maxSessionBytes`. Names and texts of the fields count together. */
const BYTES = 65_536
const FIELDS = 1000
const SHORT_NAME = 8
const LONG_NAME = 58
const AT_ONCE = 50

const SHAPES: Readonly<Record<string, Contents>> = {
  'one field': contentsIn(1, SHORT_NAME),
  [`${FIELDS} fields, names of ${SHORT_NAME} characters`]: contentsIn(FIELDS, SHORT_NAME),
  [`${FIELDS} fields, names of ${LONG_NAME} characters`]: contentsIn(FIELDS, LONG_NAME)
}

/** One call, or several at once, about new sessions with these contents. */
interface Deed {
  readonly name: string
  readonly sessions: number
  act (node: Node, people: readonly Person[], contents: Contents): Promise<unknown>
}

function ofOne (name: string, act: (node: Node, person: Person, contents: Contents) => Promise<unknown>): Deed {
  return {
    name,
    sessions: 1,
    async act (node, [person], contents) { if (person !== undefined) await act(node, person, contents) }
  }
}

function batch (name: string, act: (node: Node, person: Person) => Promise<unknown>): Deed {
  return {
    name,
    sessions: AT_ONCE,
    act: async (node, people) => await Promise.all(people.map(async person => await act(node, person)))
  }
}

const LOADS = {
  'load, passive': async ({ store }: Node, { key }: Person) => await store.load(key, null),
  'load, active': async ({ store }: Node, { key }: Person) => {
    return await store.load(key, { throttleMs: 0, timeouts: TERMS })
  }
}

const DEEDS: readonly Deed[] = [
  ...Object.entries(LOADS).map(([name, load]) => ofOne(name, load)),
  ...Object.entries(LOADS).map(([name, load]) => batch(`${name}, ${AT_ONCE} at once`, load)),
  ofOne('update of one field', async ({ store }, { key }, contents) => {
    return await store.update(key, { set: Object.fromEntries(Object.entries(contents).slice(0, 1)), remove: [] })
  }),
  ofOne('update of all fields', async ({ store }, { key }, contents) => {
    return await store.update(key, { set: contents, remove: [] })
  }),
  ofOne('sign-in', async ({ store }, _person, contents) => await signIn(store, { contents })),
  ofOne('renewal', async ({ store }, person, contents) => {
    return await signIn(store, { user: person.user, contents, renews: person })
  }),
  ofOne('end', async ({ store }, { key }) => await store.end(key, 'logout'))
]

/** @param calls number of measured calls for each row */
export async function measureBounds (site: Site, calls: number): Promise<Bound[]> {
  const [node] = site.nodes
  const bounds: Bound[] = []
  for (const [shape, contents] of Object.entries(SHAPES)) {
    for (const { name, sessions, act } of DEEDS) {
      await site.clear()
      const longest: number[] = []
      let commands = 0
      for (let call = 0; call <= calls; call++) {
        const people = await times(sessions, async () => await signIn(node.store, { contents }))
        const tookUs = await commandsUs(node.client, async () => {
          const before = node.client.sent
          await act(node, people, contents)
          commands = node.client.sent - before
        })
        if (call > 0) longest.push(Math.max(...tookUs)) // in the first one Redis learns the script
      }
      const [medianUs, longestUs] = [median(longest), Math.max(...longest)]
      bounds.push({ shape, call: name, commands, medianUs, longestUs })
    }
  }
  return bounds
}

export function renderBounds (bounds: readonly Bound[]): string {
  const head = [`${BYTES} bytes in`, '', 'commands', 'longest of a call: median µs', 'longest of all, µs']
  return markdown(head, bounds.map(({ shape, call, commands, medianUs, longestUs }) => [
    shape, call, commands, medianUs.toFixed(0), longestUs.toFixed(0)
  ]))
}

/** Makes contents of about `BYTES` bytes, in fields of equal size. */
function contentsIn (fields: number, nameLength: number): Contents {
  const each = Math.floor(BYTES / fields)
  const text = JSON.stringify('x'.repeat(each - nameLength - 2))
  return Object.fromEntries(Array.from({ length: fields }, (_, i) => [String(i).padStart(nameLength, 'n'), text]))
}
