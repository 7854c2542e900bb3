import { Redis } from 'ioredis'
import { SET_UPS } from './set-ups.ts'

/** One application in a process of its own: `server.ts <set-up> <socket of Redis> <bytes>`. It says its address, and then its CPU time whenever it is asked. */
const [name = '', path = '', bytes = '200'] = process.argv.slice(2)
const redis = new Redis({ path })
const setUp = SET_UPS[name]
if (setUp === undefined) throw new RangeError(`there is no set-up "${name}"`)
const address = await setUp({ redis, bytes: Number(bytes) })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.((user + system) / 1e6)
})
process.once('disconnect', () => process.exit())
process.send?.(address)
