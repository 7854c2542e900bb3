import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { program } from '../helpers/program.ts'
import type { ConnectionsSettings } from './connections-node.ts'

const NODE = await program('./connections-node.ts', import.meta.url)

export interface SocketNode {
  readonly url: string
  isUp: boolean
  /** kill -9. */
  kill (): Promise<void>
  stop (): Promise<void>
}

/** Starts so many nodes. They end with this process, however that ends. */
export async function startNodes (count: number, settings: ConnectionsSettings): Promise<SocketNode[]> {
  return await Promise.all(Array.from({ length: count }, async () => {
    const child = fork(NODE, { env: { ...process.env, NODE_V8_COVERAGE: '' } })
    child.send(settings)
    const [message] = await once(child, 'message')
    const node: SocketNode = {
      url: `http://127.0.0.1:${Reflect.get(Object(message), 'port')}`,
      isUp: true,
      async kill () {
        node.isUp = false
        await gone(child, () => child.kill('SIGKILL'))
      },
      stop: async () => await gone(child, () => { if (child.connected) child.disconnect() })
    }
    return node
  }))
}

async function gone (child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  end()
  await exit
}
