import { describe, it } from 'node:test'
import { startCluster } from '../helpers/redis-cluster.ts'
import type { SessionPlace } from './connections-run.ts'
import { onServer, runConnections } from './connections-run.ts'
import { withSocket } from './servers.ts'

// Not part of `npm test`: two thousand sockets. Each seed is another order of events.

const { FLEET_SEED = String(Math.floor(Math.random() * 1e6)) } = process.env

const MANY = { nodes: 4, people: 1000, sockets: 2, seconds: 30, checkEvery: 5, seed: Number(FLEET_SEED) } as const

describe('four nodes with two thousand sockets', () => {
  it('close each that has outlived its session within the bound, and no other, on one Redis', async t => {
    await withSocket([], async server => await runConnections(t, MANY, onServer(server)))
  })

  it('do the same on a Cluster, one of whose masters stands still for a while', async t => {
    const cluster = await startCluster()
    const [first] = cluster.nodes
    const place: SessionPlace = {
      connection: { kind: 'cluster', ports: cluster.nodes.map(({ server }) => server.port) },
      deafen: async () => {
        for (const { client } of cluster.nodes) await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      },
      pause: () => first?.server.pause(),
      resume: () => first?.server.resume()
    }
    try {
      await runConnections(t, MANY, place)
    } finally {
      await cluster.stop()
    }
  })
})
