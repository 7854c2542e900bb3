import type { StoreLog } from '../store-log.ts'
import type { RedisClient, RedisNode } from './redis-client.ts'

const EVICTS = 'this Redis evicts keys when its memory is full, and with them live sessions: ' +
  'set maxmemory-policy to noeviction'

/** Returns the masters. A Cluster knows its nodes once it has answered something. */
async function mastersOf (client: RedisClient): Promise<RedisNode[]> {
  if (client.nodes === undefined) return [client]
  await client.info('server')
  return client.nodes('master')
}

/**
 * Warns of a server that evicts live sessions when its memory is full. `INFO` names the policy even if `CONFIG` is
 * forbidden, as on most rented servers.
 */
export async function warnOfEviction (client: RedisClient, log: StoreLog): Promise<void> {
  const nodes = await mastersOf(client)
  for (const node of nodes) {
    const memory = await node.info('memory')
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1]
    const isBounded = /^maxmemory:0\s*$/m.exec(memory) === null
    if (policy === undefined || policy === 'noeviction' || !isBounded) continue
    log.warn({ policy }, EVICTS)
    return
  }
}
