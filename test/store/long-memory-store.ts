import { it } from 'node:test'
import { assertHeapStays } from './heap.ts'

// Not part of `npm test`: it takes long. `npm run test:long` runs it.

it(
  'MemoryStore leaves the heap where it was after a million sessions came and went',
  async () => await assertHeapStays(20)
)
