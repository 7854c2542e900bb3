import { describe, it } from 'node:test'
import { runConnections } from './connections-run.ts'

// Not part of `npm test`: two thousand sockets. Each seed is another order of events.

const { FLEET_SEED = String(Math.floor(Math.random() * 1e6)) } = process.env

describe('four nodes with two thousand sockets', () => {
  it('close each that has outlived its session within the bound, and no other', async t => {
    await runConnections(t, { nodes: 4, people: 1000, sockets: 2, seconds: 30, checkEvery: 5, seed: Number(FLEET_SEED) })
  })
})
