import { connectTo } from './connect.ts'
import { SET_UPS } from './set-ups.ts'

/** What a server has spent since it was started. */
export interface Spent {
  readonly cpuSeconds: number
  /** Commands that it has sent to Redis. */
  readonly commands: number
}

/**
 * One application in a process of its own: `server.ts <set-up> <address of Redis> <bytes> <number of its first user>`.
 * It says its address, and then what it has spent whenever it is asked.
 */
const [name = '', redisAddress = '', bytes = '200', firstUser = '0'] = process.argv.slice(2)
const setUp = SET_UPS[name]
if (setUp === undefined) throw new RangeError(`there is no set-up "${name}"`)
const redis = connectTo(redisAddress)
const address = await setUp({ redis, bytes: Number(bytes), firstUser: Number(firstUser) })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const spent: Spent = { cpuSeconds: (user + system) / 1e6, commands: redis.sent }
  process.send?.(spent)
})
process.once('disconnect', () => process.exit())
process.send?.(address)
