import { fork } from 'node:child_process'
import { once } from 'node:events'
import { program } from '../helpers/program.ts'
import type { TcpRedisServer, UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'

const PROXY = await program('./proxy.ts', import.meta.url)

/** A way to a server. */
export interface ProxyProcess {
  readonly port: number
  /** From then on, the present connections deliver nothing any more, without notice. Later ones do. */
  fallSilent (): Promise<void>
}

export async function withServer (
  args: readonly string[], use: (server: TcpRedisServer) => Promise<void>
): Promise<void> {
  const server = await startRedis({ port: true, args })
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

export async function withProxy (use: (server: TcpRedisServer, proxy: ProxyProcess) => Promise<void>): Promise<void> {
  await withServer([], async server => {
    const child = fork(
      PROXY, [String(server.port)], { env: { ...process.env, NODE_V8_COVERAGE: '' } }
    )
    try {
      const [port] = await once(child, 'message')
      const fallSilent = async (): Promise<void> => {
        const silent = once(child, 'message')
        child.send('fall silent')
        await silent
      }
      await use(server, { port: Number(port), fallSilent })
    } finally {
      child.kill()
    }
  })
}

/** @param clock its clock: that of this machine, or one that runs and can be set */
export async function withSocket (
  args: readonly string[], use: (server: UnixRedisServer) => Promise<void>, clock: false | 'running' = false
): Promise<void> {
  const server = await startRedis({ args, clock })
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

/** @returns how a fleet reaches `server` */
export function onSocket (server: UnixRedisServer) {
  const redis = server.connect()
  return { connection: { kind: 'socket', path: server.path }, redis, masters: [redis] } as const
}
