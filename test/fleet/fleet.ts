import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { EndedSession } from '../../src/index.ts'
import type { FromNode, NodeSettings, ToNode } from './messages.ts'

const NODE = fileURLToPath(new URL('./node.ts', import.meta.url))

/** The clocks of the nodes are up to twenty minutes apart (G5). */
export const SKEWS_MS = [-600_000, 0, 300_000, 600_000] as const

export interface FleetEvents {
  told (node: number, ended: EndedSession): void
}

export interface FleetNode {
  readonly index: number
  readonly port: number
  /** Whether it runs; a node that was killed does not. */
  readonly isUp: boolean
  /** The ends at which `onSessionEnd` stands still. */
  readonly blocked: readonly EndedSession[]
  block (): void
  /** kill -9. */
  kill (): Promise<void>
}

export interface Fleet {
  readonly nodes: readonly FleetNode[]
  /** Closes the nodes, and waits until they are gone. @throws when one does not end well. */
  stop (): Promise<void>
  /** Ends those that still run at once. */
  kill (): void
}

/** Processes that have been started ahead: what they import takes longer than anything else of a test. */
const prepared: ChildProcess[] = []

/** Starts the processes of the next fleet. `discardPrepared` ends them when there is none. */
export function prepareFleet (): void {
  while (prepared.length < SKEWS_MS.length) prepared.push(spawnNode())
}

export function discardPrepared (): void {
  for (const child of prepared.splice(0)) child.kill()
}

/** Four processes, each with its own client and its own clock. They end with this process, however that ends. */
export async function startFleet (settings: Omit<NodeSettings, 'skewMs'>, events: FleetEvents): Promise<Fleet> {
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
      return await openNode(child, index, { ...settings, skewMs }, events)
    }))
    return { nodes, stop, kill }
  } catch (error) {
    kill()
    throw error
  }
}

/** Its coverage would be written while the test waits for its end, and adds nothing to that of the contract. */
function spawnNode (): ChildProcess {
  return fork(NODE, { execArgv: ['--import', 'tsx'], env: { ...process.env, NODE_V8_COVERAGE: '' } })
}

async function openNode (child: ChildProcess, index: number, settings: NodeSettings, events: FleetEvents): Promise<FleetNode> {
  const blocked: EndedSession[] = []
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`a node of the fleet ended with ${String(code)}`)))
    child.on('message', (message: FromNode) => {
      if (message.kind === 'listening') resolve(message.port)
      else if (message.kind === 'told') events.told(index, message.ended)
      else blocked.push(message.ended)
    })
    send(child, { kind: 'open', settings })
  })
  return {
    index,
    port,
    blocked,
    get isUp () { return isRunning(child) },
    block: () => send(child, { kind: 'block' }),
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
