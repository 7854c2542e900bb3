import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet, FleetNode } from './fleet.ts'
import { Person } from './person.ts'
import { randomFrom } from './random.ts'
import type { Recorder } from './recorder.ts'

/** Sessions at a time. */
const PEOPLE = 200

export interface Load {
  readonly people: readonly Person[]
  /** Resolves when everybody has been answered. */
  stop (): Promise<void>
}

/** People who use the fleet, each at random, the same with the same seed. */
export function startLoad (fleet: Fleet, recorder: Recorder, seed: number, count = PEOPLE): Load {
  const stopping = new AbortController()
  setMaxListeners(0, stopping.signal)
  const people = Array.from({ length: count }, (_, index) => {
    const random = randomFrom(seed * PEOPLE + index)
    return new Person({
      name: `person ${index % 50}`,
      nodes: () => fleet.nodes.filter(node => node.isUp),
      recorder,
      random,
      isOver: stopping.signal
    })
  })
  const lives = Promise.all(people.map(person => person.live()))
  return {
    people,
    async stop () {
      stopping.abort()
      await lives
    }
  }
}

/** Signs in and out at a node until that works. Returns how long it took. */
export async function recoveryOf (node: FleetNode, recorder: Recorder): Promise<number> {
  const start = recorder.now()
  for (;;) {
    const person = new Person({
      name: 'probe', nodes: () => [node], recorder, random: randomFrom(1), isOver: AbortSignal.timeout(60_000)
    })
    if (await person.signIn() && await person.signOut()) return recorder.now() - start
    if (recorder.now() - start > 30_000) throw new Error(`node ${node.index} did not recover`)
    await sleep(50)
  }
}
