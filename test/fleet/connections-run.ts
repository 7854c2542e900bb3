import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../helpers/redis-process.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import type { Connection } from './connection.ts'
import type { SocketNode } from './connections-fleet.ts'
import { startNodes } from './connections-fleet.ts'
import type { Random } from './random.ts'
import { randomFrom } from './random.ts'
import { SocketPerson } from './socket-person.ts'

/** The servers with the sessions, and their faults. */
export interface SessionPlace {
  readonly connection: Connection
  /** Breaks off the connections that hear of ends. */
  deafen (): Promise<unknown>
  /** Stops the server, or a part of it, until the returned function is called. */
  pause (): void
  resume (): void
}

export interface ConnectionsRun {
  readonly nodes: number
  readonly people: number
  /** The sockets of each person. */
  readonly sockets: number
  readonly seconds: number
  readonly checkEvery: number
  readonly seed: number
}

/** The ms that a busy machine may add. */
const SLACK_MS = 1500
const BRIEF_SECONDS = 2
const LONGEST_PAUSE_MS = 1500
/** The number of people who are asked at the same time. */
const AT_ONCE = 40

/**
 * Has people hold sockets on several nodes while sessions are renewed and ended. Meanwhile a node is killed, Redis
 * stands still, and the connections that report ends are lost. No socket outlives its session by more than the bound,
 * and no socket of a live session is closed.
 */
export async function runConnections (t: TestContext, run: ConnectionsRun, place: SessionPlace): Promise<void> {
  const random = randomFrom(run.seed)
  const { connection } = place
  const { checkEvery } = run
  const nodes = await startNodes(run.nodes, { connection, checkEvery, outageGrace: 30, briefAfter: BRIEF_SECONDS })
  try {
    const people = await gather(run, nodes, random)
    const pauses = await live(run, people, nodes, place, random)
    await settled(people, run.checkEvery * 1000 + SLACK_MS)
    const wrong = [...people.flatMap(person => wrongOf(person, run, pauses)), ...await deaf(people)]
    t.diagnostic(`seed ${run.seed}: ${summaryOf(people)}`)
    assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} are wrong`)
    for (const { socket } of people.flatMap(({ sockets }) => sockets)) socket.terminate()
  } finally {
    for (const node of nodes) await node.stop()
  }
}

/** One Redis. */
export function onServer (server: UnixRedisServer): SessionPlace {
  const redis = server.connect()
  return {
    connection: { kind: 'socket', path: server.path },
    deafen: async () => await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'),
    pause: () => server.pause(),
    resume: () => server.resume()
  }
}

/**
 * Signs everybody in, and opens their sockets on any nodes. Each tenth session is brief: nobody does anything in it.
 */
async function gather (run: ConnectionsRun, nodes: readonly SocketNode[], random: Random): Promise<SocketPerson[]> {
  const nameOf = (i: number): string => `${i % 10 === 0 ? 'brief' : 'person'}-${i}`
  const people = Array.from({ length: run.people }, (_, i) => new SocketPerson(nameOf(i)))
  await inTurns(people, async person => {
    await person.signIn(random.pick(nodes))
    if (person.user.startsWith('brief')) {
      person.endingAtMs = performance.now() + BRIEF_SECONDS * 500
      person.overAtMs = performance.now() + BRIEF_SECONDS * 1000
    }
    for (let i = 0; i < run.sockets; i++) await person.open(random.pick(nodes))
  })
  return people
}

type Pause = readonly [fromMs: number, toMs: number]

/** @returns when Redis stood still */
async function live (
  run: ConnectionsRun, people: readonly SocketPerson[], nodes: readonly SocketNode[], place: SessionPlace,
  random: Random
): Promise<Pause[]> {
  const pauses: Pause[] = []
  const lasting = people.filter(({ user }) => user.startsWith('person'))
  const victim = nodes.at(-1)
  const trouble = async (): Promise<void> => {
    await sleep(run.seconds * 250)
    await place.deafen()
    await sleep(run.seconds * 150)
    await victim?.kill()
    await sleep(run.seconds * 150)
    const fromMs = performance.now()
    place.pause()
    await sleep(Math.min(LONGEST_PAUSE_MS, run.seconds * 400))
    place.resume()
    pauses.push([fromMs, performance.now()])
  }
  const troubles = trouble()
  const stepMs = run.seconds * 1000 / lasting.length
  await Promise.all(lasting.map(async (person, i) => {
    await sleep(i * stepMs)
    await act(person, nodes, random)
  }))
  await troubles
  return pauses
}

/** Ends a third of the sessions, and renews a third, of which some end then. The others just hold their sockets. */
async function act (person: SocketPerson, nodes: readonly SocketNode[], random: Random): Promise<void> {
  const node = (): SocketNode => random.pick(nodes.filter(({ isUp }) => isUp))
  const choice = random.between(0, 1)
  if (choice < 0.17) return await person.end(async () => await person.post(node(), '/sign-out'))
  const operator = new SocketPerson('operator')
  const end = async (): Promise<number> => await operator.post(node(), `/end/${person.user}`)
  const revoke = async (): Promise<void> => await person.end(end)
  if (choice < 0.33) return await revoke()
  if (choice > 0.67) return
  for (let i = 0; i < 3; i++) await person.post(node(), '/renew').catch(() => {})
  person.endsOthers = choice < 0.5
  if (person.endsOthers) await person.post(node(), '/end-others').catch(() => {})
  if (choice < 0.4) await revoke()
}

/** Waits until no ended session has a socket any more. */
async function settled (people: readonly SocketPerson[], patienceMs: number): Promise<void> {
  const isOver = ({ overAtMs, sockets }: SocketPerson): boolean => {
    return overAtMs === Infinity || sockets.every(({ closed }) => closed !== null)
  }
  const closing = until('sockets are closed', () => people.every(isOver), patienceMs)
  await closing.catch(() => { /* then it is notified which are not */ })
}

/**
 * The ms after its end for which a socket may have been open. The bound counts, and the time for which Redis stood
 * still.
 */
function wrongOf (person: SocketPerson, { checkEvery }: ConnectionsRun, pauses: readonly Pause[]): string[] {
  const { overAtMs, endingAtMs, sockets, user } = person
  const paused = pauses.reduce((sum, [fromMs, toMs]) => toMs > overAtMs ? sum + toMs - fromMs : sum, 0)
  const latestMs = overAtMs + checkEvery * 1000 + SLACK_MS + paused
  return sockets.flatMap(({ closed, node }) => {
    if (closed === null) return overAtMs === Infinity ? [] : [`${user} is over, and a socket is open`]
    if (!node.isUp) return []
    if (closed.atMs > latestMs) return [`${user}: closed ${Math.round(closed.atMs - overAtMs)} ms after its end`]
    // Sockets from before a renewal are closed when all other sessions end: another person may hold the cookie of
    // before.
    const isParted = person.endsOthers && closed.code === 4401 && closed.reason === 'revoked'
    const isEarly = closed.atMs < endingAtMs && !isParted
    return isEarly ? [`${user} lives, and a socket was closed: ${closed.code} ${closed.reason}`] : []
  })
}

/** Every socket that is open still speaks. */
async function deaf (people: readonly SocketPerson[]): Promise<string[]> {
  const all = people.flatMap(({ user, sockets }) => sockets.map(held => ({ user, held })))
  const open = all.filter(({ held }) => held.closed === null)
  const said = await Promise.all(open.map(async ({ user, held: { socket } }) => {
    const heard = new Promise(resolve => socket.once('message', () => resolve(true)))
    socket.send('anybody?')
    return await Promise.race([heard, sleep(5000)]) === true ? [] : [`${user}: a socket that is open does not answer`]
  }))
  return said.flat()
}

function summaryOf (people: readonly SocketPerson[]): string {
  const counts = new Map<string, number>()
  const late: number[] = []
  for (const { sockets, overAtMs } of people) {
    for (const { closed } of sockets) {
      const name = closed === null ? 'open' : `${closed.code} ${closed.reason}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
      if (closed?.code === 4401 && overAtMs < Infinity) late.push(closed.atMs - overAtMs)
    }
  }
  late.sort((a, b) => a - b)
  const at = (part: number): number => Math.round(late[Math.floor(part * (late.length - 1))] ?? NaN)
  const shown = [...counts].map(([what, count]) => `${count} × ${what}`).join(', ')
  return `${shown}; closed after ${at(0.5)} ms, p99 ${at(0.99)}, at most ${at(1)}`
}

async function inTurns<Item> (items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values()
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { for (const item of left) await work(item) }))
}
