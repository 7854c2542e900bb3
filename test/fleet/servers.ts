import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { SilentProxy } from '../helpers/silent-proxy.ts'
import { openSilentProxy } from '../helpers/silent-proxy.ts'

export async function withServer (args: readonly string[], use: (server: TcpRedisServer) => Promise<void>): Promise<void> {
  const server = await startRedis({ port: true, args })
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

/** A server, and a way to it that can stop delivering. */
export async function withProxy (use: (server: TcpRedisServer, proxy: SilentProxy) => Promise<void>): Promise<void> {
  await withServer([], async server => {
    const proxy = await openSilentProxy(server.port)
    try {
      await use(server, proxy)
    } finally {
      await proxy.close()
    }
  })
}
