import assert from 'node:assert/strict'
import { until } from '../helpers/redis-process.ts'
import type { RedisMember } from '../helpers/redis-sentinel.ts'

const PATIENCE_MS = 20_000

/** Swaps the master and its replica. Nothing is lost, and no connection is closed. */
export async function swapRoles (master: RedisMember, replica: RedisMember): Promise<void> {
  const follows = async (): Promise<boolean> => /master_link_status:up/.test(await replica.client.info('replication'))
  await until('the replica has what its master has', follows, PATIENCE_MS)
  const connection = await master.client.client('ID')
  await master.client.call('FAILOVER', 'TO', '127.0.0.1', replica.server.port)
  await until('the replica is a master', async () => !(await isReplica(replica)), PATIENCE_MS)
  await until('the master is a replica', async () => await isReplica(master), PATIENCE_MS)
  assert.equal(await master.client.client('ID'), connection, 'connections stay')
}

export async function isReplica ({ client }: Pick<RedisMember, 'client'>): Promise<boolean> {
  return /role:slave/.test(await client.info('replication'))
}
