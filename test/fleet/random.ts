/** Random numbers that a seed repeats. */
export interface Random {
  /** At least `from`, less than `to`. */
  between (from: number, to: number): number
  chance (probability: number): boolean
  pick<Item> (items: readonly Item[]): Item
}

/** Mulberry32: small, and good enough to mix requests. */
export function randomFrom (seed: number): Random {
  let state = seed >>> 0
  function next (): number {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    between: (from, to) => from + next() * (to - from),
    chance: probability => next() < probability,
    pick (items) {
      const item = items[Math.floor(next() * items.length)]
      if (item === undefined) throw new RangeError('there is nothing to pick from')
      return item
    }
  }
}
