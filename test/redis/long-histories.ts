import { CLIENT_KINDS } from '../helpers/clients-by-kind.ts'
import { testHistories } from '../store/history.ts'
import { describeWorld } from './contract-worlds.ts'
import { openWorld } from './history-world.ts'

// Not part of `npm test`: it takes minutes. `npm run test:long` runs it.

const kinds = CLIENT_KINDS.filter(({ name }) => name === 'node-redis 6')

describeWorld('on one server', kinds, (name, redis) => {
  testHistories({ name, runs: 100, open: () => openWorld(redis()) })
})

describeWorld('on a Cluster', kinds, (name, redis) => {
  testHistories({ name, runs: 15, open: () => openWorld(redis()) })
})
