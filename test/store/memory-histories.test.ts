import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { testHistories } from './history.ts'

testHistories({
  name: 'MemoryStore',
  runs: 500,
  open () {
    const clock = new FakeClock()
    return {
      stores: [new MemoryStore({ clock: clock.now })],
      advance: seconds => clock.advance(seconds),
      indexes: async () => null,
      scripts: () => 0
    }
  }
})
