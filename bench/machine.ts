import { cpus } from 'node:os'
import type { UnixRedisServer } from '../test/helpers/redis-server.ts'

/** What the figures are of. */
export async function machineOf (server: UnixRedisServer): Promise<string> {
  const version = /redis_version:(\S+)/.exec(await server.connect().info('server'))?.[1]
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}, Node ${process.version}, Redis ${version}, ${new Date().toISOString().slice(0, 10)}`
}
