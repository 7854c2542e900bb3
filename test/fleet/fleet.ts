import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EndedSession } from '../../src/index.ts'
import { program } from '../helpers/program.ts'
import type { Connection } from './connection.ts'
import type { Measures } from './measures.ts'
import type { FromNode, NodeSettings, ToNode } from './messages.ts'

const NODE = await program('./node.ts', import.meta.url)

/** The clocks of the nodes are up to twenty minutes apart (G5). */
export const SKEWS_MS = [-600_000, 0, 300_000, 600_000] as const

/** The most ms that a node may take to measure itself. */
const MEASURED_MS = 30_000

export interface FleetEvents {
  notified (node: number, ended: EndedSession): void
}

export interface FleetNode {
  readonly index: number
  readonly port: number
  /** Whether people send requests to it. They send none to a node that was killed, or is known to stand still. */
  readonly isUp: boolean
  /** The ends at which `onSessionEnd` stands still. */
  readonly blocked: readonly EndedSession[]
  block (): void
  /** Stops it in its tracks. People are sent to it for so long before anybody notices. */
  standStill (unnoticedMs: number): Promise<void>
  /** Lets one go on that stands still. */
  goOn (): void
  /** The memory of a node after a collection of garbage. */
  measure (): Promise<Measures>
  /** kill -9. */
  kill (): Promise<void>
}

export interface Fleet {
  readonly nodes: readonly FleetNode[]
  /**
   * Closes the nodes, and waits until they are gone.
   * @throws when one does not end well.
   */
  stop (): Promise<void>
  /** Ends those that still run at once. */
  kill (): void
}

export interface FleetSettings extends Omit<NodeSettings, 'skewMs' | 'connection'> {
  /** The connection of all nodes, or of each. One node may have a way to its Redis that the others do not have. */
  readonly connection: Connection | ((index: number) => Connection)
}

function connectionOf ({ connection }: FleetSettings, index: number): Connection {
  return typeof connection === 'function' ? connection(index) : connection
}

/** Processes that were started ahead. Their imports take longer than anything else of a test. */
const prepared: ChildProcess[] = []

/** Starts the processes of the next fleet. `discardPrepared` ends them when there is none. */
export function prepareFleet (): void {
  while (prepared.length < SKEWS_MS.length) prepared.push(spawnNode())
}

export function discardPrepared (): void {
  for (const child of prepared.splice(0)) child.kill()
}

/** Four processes, each with its own client and its own clock. They end with this process, however that ends. */
export async function startFleet (settings: FleetSettings, events: FleetEvents): Promise<Fleet> {
  const children: ChildProcess[] = []
  async function stop (): Promise<void> {
    await Promise.all(children.map(async child => {
      if (!isRunning(child)) return
      const gone = once(child, 'exit')
      if (child.connected) child.disconnect()
      const [code] = await gone
      if (code !== 0) throw new Error(`a node of the fleet ended with ${String(code)}`)
    }))
  }
  function kill (): void {
    for (const child of children) child.kill('SIGKILL')
  }
  try {
    const nodes = await Promise.all(SKEWS_MS.map(async (skewMs, index) => {
      const child = prepared.shift() ?? spawnNode()
      children.push(child)
      return await openNode(child, index, { ...settings, connection: connectionOf(settings, index), skewMs }, events)
    }))
    return { nodes, stop, kill }
  } catch (error) {
    kill()
    throw error
  }
}

/** The process writes no coverage. The test would wait for that, and it adds nothing to that of the contract. */
function spawnNode (): ChildProcess {
  return fork(NODE, { execArgv: ['--expose-gc'], env: { ...process.env, NODE_V8_COVERAGE: '' } })
}

async function openNode (
  child: ChildProcess, index: number, settings: NodeSettings, events: FleetEvents
): Promise<FleetNode> {
  const blocked: EndedSession[] = []
  const measured = new EventEmitter<{ measures: [Measures] }>()
  let isStanding = false
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`a node of the fleet ended with ${String(code)}`)))
    child.on('message', (message: FromNode) => {
      if (message.kind === 'listening') resolve(message.port)
      else if (message.kind === 'notified') events.notified(index, message.ended)
      else if (message.kind === 'measured') measured.emit('measures', message.measures)
      else blocked.push(message.ended)
    })
    send(child, { kind: 'open', settings })
  })
  return {
    index,
    port,
    blocked,
    get isUp () { return isRunning(child) && !isStanding },
    block: () => send(child, { kind: 'block' }),
    async standStill (unnoticedMs) {
      child.kill('SIGSTOP')
      await sleep(unnoticedMs)
      isStanding = true
    },
    goOn () {
      isStanding = false
      child.kill('SIGCONT')
    },
    async measure () {
      const answer = once(measured, 'measures', { signal: AbortSignal.timeout(MEASURED_MS) })
      send(child, { kind: 'measure' })
      const [measures] = await answer
      return measures
    },
    async kill () {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
  }
}

function send (child: ChildProcess, message: ToNode): void {
  child.send(message)
}

function isRunning (child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null
}
