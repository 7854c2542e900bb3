import { markdown } from '../table.ts'
import type { BytesEach } from '../units/memory-table.ts'
import { bytes, MEAN_LIFE, memoryOf, MEMORY_FORMULA } from '../units/memory-table.ts'

/** The load whose needs are calculated. */
export interface Goal {
  readonly requestsPerSecond: number
  readonly live: number
  /** Seconds for which an ended session stays known. */
  readonly retention: number
}

/** Measured costs of one call of each unit. */
export interface Measured {
  /** CPU time of Redis, in µs. */
  readonly redisCpuUs: UnitCosts
  /** Bytes to and from Redis. */
  readonly networkBytes: UnitCosts
  /** CPU time of a server per request, in µs. NaN if it was not measured. */
  readonly serverCpuUs: { readonly throttled: number, readonly active: number }
  readonly memory: BytesEach
}

export interface UnitCosts {
  readonly throttled: number
  readonly activeMoving: number
  readonly signIn: number
  readonly logOut: number
  readonly sweep: number
  readonly acknowledge: number
}

/** Share of the requests that are passive or within the throttle. The others are active. */
const THROTTLED = 0.7
/** Share of the sessions that end by log-out. The sweep ends the others. */
const LOGGED_OUT = 0.5
/** Shards of a Cluster. Further masters would hold no shard. */
const SHARDS = 256
const BUSY = 0.6
const CORE_US = 1e6
const MASTER_BYTES = 32e9
const MASTER_BYTES_PER_SECOND = 1.25e9
const CONNECTIONS = 10_000

export const ASSUMPTIONS = [
  `Of the requests, ${THROTTLED * 100} % are within the throttle or passive, the rest active. Each active one moves`,
  'the index: where a session asks so seldom, it has not asked for more than ten seconds.',
  `As many sign in as are ended: live / ${MEAN_LIFE} s. ${LOGGED_OUT * 100} % of the ends are log-outs.`,
  `A master has one core, busy for ${BUSY * 100} % of the time at most; ${bytes(MASTER_BYTES)} for sessions; and`,
  `${BUSY * 100} % of 10 Gbit/s for both ways together. A server process has one core, of which the same is true, and`,
  `one connection to each master, which takes ${CONNECTIONS}. A shard is on one master, and there are ${SHARDS}:`,
  `a master has k = floor(${SHARDS} × capacity / sum) at most, so that it takes ceil(${SHARDS} / k) masters.`
].join('\n')

/** Need of one resource. */
export interface Need {
  readonly resource: string
  readonly formula: string
  readonly sum: string
  readonly ofMaster: string
  /** Number of masters. Infinity if a master is too small for one shard, absent if more masters would not help. */
  readonly masters?: number
  /** Share of the most that a Cluster with a master for each shard can give. */
  readonly share: number
}

const CALLS = 'requests a second × µs of each kind + ends a second × µs of a sign-in, an end, an acknowledgement'

export function needsOf ({ requestsPerSecond, live, retention }: Goal, measured: Measured): Need[] {
  const ends = live / MEAN_LIFE
  const perSecond = (each: UnitCosts): number => {
    const requests = requestsPerSecond * (THROTTLED * each.throttled + (1 - THROTTLED) * each.activeMoving)
    const end = LOGGED_OUT * each.logOut + (1 - LOGGED_OUT) * each.sweep + each.acknowledge
    return requests + ends * (each.signIn + end)
  }
  const cpu = perSecond(measured.redisCpuUs) / CORE_US
  const network = perSecond(measured.networkBytes)
  const memory = memoryOf({ live, endsPerSecond: ends, retention }, measured.memory)
  const { throttled, active } = measured.serverCpuUs
  const cores = requestsPerSecond * (THROTTLED * throttled + (1 - THROTTLED) * active) / CORE_US / BUSY
  const needs: Need[] = [
    {
      resource: 'Redis CPU',
      formula: CALLS,
      sum: `${cpu.toFixed(1)} cores`,
      ofMaster: `${BUSY} cores`,
      ...mastersFor(cpu, BUSY)
    },
    {
      resource: `memory, retention ${retention} s`,
      formula: MEMORY_FORMULA,
      sum: `${bytes(memory.sum)}, ended ${bytes(memory.tombstones)}`,
      ofMaster: bytes(MASTER_BYTES),
      ...mastersFor(memory.sum, MASTER_BYTES)
    },
    {
      resource: 'network',
      formula: CALLS.replaceAll('µs', 'bytes'),
      sum: `${bytes(network)} a second`,
      ofMaster: `${bytes(MASTER_BYTES_PER_SECOND * BUSY)} a second`,
      ...mastersFor(network, MASTER_BYTES_PER_SECOND * BUSY)
    },
    {
      resource: 'connections to a master',
      formula: `server processes = requests a second × µs of each kind / ${BUSY}`,
      sum: `${Math.ceil(cores)} server cores`,
      ofMaster: `${CONNECTIONS} connections`,
      share: cores / CONNECTIONS
    }
  ]
  return needs.filter(({ share }) => !Number.isNaN(share))
}

function mastersFor (sum: number, ofMaster: number): { readonly masters: number, readonly share: number } {
  const shards = Math.floor(SHARDS * ofMaster / sum)
  return { masters: shards === 0 ? Infinity : Math.ceil(SHARDS / shards), share: sum / SHARDS / ofMaster }
}

export function renderNeeds (needs: readonly Need[]): string {
  const head = ['', 'in sum', 'of one master', 'masters', 'share of the most', 'formula of the sum']
  const rows = needs.map(({ resource, formula, sum, ofMaster, masters, share }) => {
    const count = masters === Infinity ? `more than ${SHARDS}` : masters ?? ''
    return [resource, sum, ofMaster, count, `${(share * 100).toFixed(1)} %`, formula]
  })
  const [first] = needs.toSorted((a, b) => b.share - a.share)
  const times = (1 / (first?.share ?? NaN)).toFixed(2)
  return `${markdown(head, rows)}\n\nThe first limit that is met: ${first?.resource}, at ${times} times this load.`
}
