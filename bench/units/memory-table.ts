import { markdown } from '../table.ts'

/** The number of live sessions, and the tombstones that ended sessions leave. */
export interface Population {
  readonly live: number
  readonly endsPerSecond: number
  /** Seconds for which an ended session stays known. */
  readonly retention: number
}

export interface BytesEach {
  readonly live: number
  readonly tombstone: number
}

export const MEMORY_FORMULA = 'live × bytes of a live one + ends a second × retention in s × bytes of an ended one'

export interface Memory {
  readonly live: number
  readonly tombstones: number
  readonly sum: number
}

/** Calculates the memory of a population, in bytes. */
export function memoryOf ({ live, endsPerSecond, retention }: Population, each: BytesEach): Memory {
  const tombstones = endsPerSecond * retention * each.tombstone
  return { live: live * each.live, tombstones, sum: live * each.live + tombstones }
}

/** Mean life of a session in seconds, an assumption. As many sessions end in a second as begin. */
export const MEAN_LIFE = 3600

const SIZES = [1e4, 1e6, 1e8]
const RETENTIONS = [86_400, 3600]

export function renderMemory (each: BytesEach): string {
  const head = ['live sessions', 'ends a second', 'retention', 'live', 'ended', 'sum']
  const rows = SIZES.flatMap(live => RETENTIONS.map(retention => {
    const endsPerSecond = live / MEAN_LIFE
    const memory = memoryOf({ live, endsPerSecond, retention }, each)
    return [
      live, endsPerSecond.toFixed(endsPerSecond < 10 ? 1 : 0), retention,
      bytes(memory.live), bytes(memory.tombstones), bytes(memory.sum)
    ]
  }))
  const weights = `live: ${each.live.toFixed(0)} bytes, ended: ${each.tombstone.toFixed(0)} bytes`
  const given = `${weights}, ends a second: live / mean life, which is ${MEAN_LIFE} s`
  return `${MEMORY_FORMULA}\n${given}\n\n${markdown(head, rows)}`
}

export function bytes (count: number): string {
  const [unit, size] = count >= 1e9 ? ['GB', 1e9] as const : ['MB', 1e6] as const
  const value = count / size
  return `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`
}
