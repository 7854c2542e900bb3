import { CLIENT_KINDS } from '../helpers/clients-by-kind.ts'
import { contractOfClient } from './contract-of-client.ts'
import { describeWorld } from './contract-worlds.ts'

// One for two: of a client that asks Sentinels, and of iovalkey. Each by itself is part of long-contracts.ts.

describeWorld('behind Sentinels', CLIENT_KINDS.filter(({ name }) => name === 'iovalkey'), contractOfClient)
