import { CLIENT_KINDS } from '../helpers/clients-by-kind.ts'
import { contractOfClient } from './contract-of-client.ts'
import { describeWorld } from './contract-worlds.ts'

// Not part of `npm test`: it takes minutes. `npm run test:long` runs it.

for (const world of ['on one server', 'behind Sentinels', 'on a Cluster'] as const) {
  describeWorld(world, CLIENT_KINDS, contractOfClient)
}
