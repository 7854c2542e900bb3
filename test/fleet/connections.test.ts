import { describe, it } from 'node:test'
import { withSocket } from './servers.ts'
import { onServer, runConnections } from './connections-run.ts'

describe('two nodes with a hundred sockets', () => {
  it('close each that has outlived its session, and no other', async t => {
    await withSocket([], async server => {
      const seed = Number(process.env['FLEET_SEED'] ?? 1)
      const run = { nodes: 2, people: 50, sockets: 2, seconds: 1.5, checkEvery: 0.5, seed }
      await runConnections(t, run, onServer(server))
    })
  })
})
