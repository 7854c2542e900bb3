import { describe, it } from 'node:test'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import { playHistories } from './history-run.ts'

// Not part of `npm test`: it takes minutes. `npm run test:long` runs it.

describe('a thousand histories of two tabs leave the browser signed in exactly when its person\'s last act says so', () => {
  for (const kit of [memoryKit, redisKit()]) it(`on ${kit.name}`, async () => await playHistories(kit, 1000))
})
