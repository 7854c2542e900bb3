import { connectTo } from './connect.ts'
import { SET_UPS } from './set-ups.ts'

/** Work of a server since its start. */
export interface Spent {
  readonly cpuSeconds: number
  /** Commands that it has sent to Redis. */
  readonly commands: number
}

/**
 * Runs one application: `server.ts <set-up> <address of Redis> <bytes> <number of its first user>`. The process sends
 * its address first. Then it answers each message with what it has spent.
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
