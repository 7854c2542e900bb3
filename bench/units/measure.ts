import type { Work } from '../requests/redis-counters.ts'
import { perCall, together, workBetween } from '../requests/redis-counters.ts'
import type { Site } from './site.ts'
import type { Call, Unit } from './unit.ts'

/** In mode `alone` each node in turn makes one call. In mode `together` one node makes calls in batches. */
export const MODES = ['alone', 'together'] as const

export type Mode = typeof MODES[number]

/** The cost of one call in one round. */
export interface Cost extends Work {
  /** Commands that clients sent. */
  readonly commands: number
}

/** The costs of every unit in every mode, one for each round. */
export type Costs = ReadonlyMap<Unit, Readonly<Record<Mode, readonly Cost[]>>>

export interface Extent {
  readonly rounds: number
  /** Calls of each unit in a round. Units with a large `oneOf` make only a part of them. */
  readonly calls: number
  readonly onRound: (round: number, unit: Unit) => void
}

/**
 * Calls of one batch. A node with a hundred browsers takes up about as many requests in one turn of its event loop:
 * `bench/requests.ts` counts 0.04 commands per request, so 25 loads go in one command.
 */
const BATCH = 25

/** Microseconds of other work of a node per request. Commands that are sent one by one reach Redis that far apart. */
const OTHER_WORK_US = 20

/** Measures every unit once, then all again. A disturbance of the machine then meets all units alike. */
export async function measureUnits (site: Site, units: readonly Unit[], extent: Extent): Promise<Costs> {
  const costs = new Map(units.map(unit => [unit, { alone: Array<Cost>(), together: Array<Cost>() }]))
  await site.clear()
  for (const unit of units) await measure(site, unit, 'alone', site.nodes.length * 2) // Redis learns the scripts
  for (let round = 1; round <= extent.rounds; round++) {
    await site.clear()
    for (const unit of units) {
      extent.onRound(round, unit)
      const calls = Math.max(1, Math.floor(extent.calls / unit.oneOf))
      for (const mode of MODES) costs.get(unit)?.[mode].push(await measure(site, unit, mode, calls))
    }
  }
  return costs
}

async function measure (site: Site, unit: Unit, mode: Mode, calls: number): Promise<Cost> {
  const call = await unit.prepare(site, calls)
  const sent = (): number => site.nodes.reduce((sum, { client }) => sum + client.sent, 0)
  const [idle, before, sentBefore] = [await site.counters(), await site.counters(), sent()]
  if (mode === 'alone') await oneByOne(site, call, calls)
  else await inBatches(site, call, calls)
  const [after, commands] = [await site.counters(), (sent() - sentBefore) / calls]
  const works = after.map((counters, i) => workBetween(idle[i] ?? counters, before[i] ?? counters, counters))
  return { ...perCall(together(works), calls), commands }
}

async function oneByOne ({ nodes }: Site, call: Call, calls: number): Promise<void> {
  for (let i = 0; i < calls; i++) await call(nodes[i % nodes.length] ?? nodes[0], i)
}

async function inBatches ({ nodes: [node] }: Site, call: Call, calls: number): Promise<void> {
  for (let first = 0; first < calls; first += BATCH) {
    const batch: Array<Promise<unknown>> = []
    for (let i = first; i < Math.min(calls, first + BATCH); i++) {
      batch.push(call(node, i))
      workFor(OTHER_WORK_US)
    }
    await Promise.all(batch)
  }
}

function workFor (us: number): void {
  for (const startedMs = performance.now(); performance.now() - startedMs < us / 1000;);
}
