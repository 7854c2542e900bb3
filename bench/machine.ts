import { cpus } from 'node:os'
import type { UnixRedisServer } from '../test/helpers/redis-server.ts'

/** Names the machine, the versions and the day of the figures. */
export async function machineOf (server: UnixRedisServer): Promise<string> {
  const version = /redis_version:(\S+)/.exec(await server.connect().info('server'))?.[1]
  const cores = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}`
  return `${cores}, Node ${process.version}, Redis ${version}, ${new Date().toISOString().slice(0, 10)}`
}
