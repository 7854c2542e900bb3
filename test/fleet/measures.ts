import type { EventEmitter } from 'node:events'
import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

/** The numbers of things that a process holds. Each grows for ever if something is not given back. */
export interface Measures {
  /** Of JavaScript and of its buffers, after a collection of garbage. */
  readonly heapBytes: number
  readonly listeners: number
  /** The handles that keep the process alive. */
  readonly timers: number
  /** Sockets, servers and pipes. */
  readonly sockets: number
  readonly descriptors: number
  /** The number of warnings of Node.js so far, for instance of many listeners. */
  readonly warnings: number
}

/** Counts descriptors. A system without `/proc` counts as none. */
const DESCRIPTORS = '/proc/self/fd'

/**
 * Counts what this process holds.
 * @throws RangeError without `--expose-gc`
 */
export async function measure (emitters: readonly EventEmitter[], warnings: number): Promise<Measures> {
  const { gc } = globalThis
  if (gc === undefined) throw new RangeError('node was not started with --expose-gc')
  gc()
  await setImmediate() // what a finalizer gives back goes with the second collection
  gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  const resources = process.getActiveResourcesInfo()
  return {
    heapBytes: heapUsed + arrayBuffers,
    listeners: emitters.reduce((sum, emitter) => sum + listenersOf(emitter), 0),
    timers: resources.filter(name => name === 'Timeout').length,
    sockets: resources.filter(name => name.endsWith('Wrap')).length,
    descriptors: descriptorsOf(),
    warnings
  }
}

function listenersOf (emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)
}

function descriptorsOf (): number {
  try {
    return readdirSync(DESCRIPTORS).length
  } catch {
    return 0
  }
}
