import { describe, it } from 'node:test'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import { playHistories } from './history-run.ts'

// `npm run test:long` runs this file, and not `npm test`, because it takes minutes.

describe('a thousand histories of two tabs leave the browser signed in as its person\'s last act says', () => {
  for (const kit of [memoryKit, redisKit()]) it(`on ${kit.name}`, async () => await playHistories(kit, 1000))
})
