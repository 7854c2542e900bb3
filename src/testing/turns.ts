/** Node's own, even where a test puts a fake one in its place later. */
const { setImmediate } = globalThis

/** In so many turns of the event loop everything happens that waits for nothing but its turn. */
const TURNS = 6

export function inNextTurn (run: () => void): void {
  setImmediate(run)
}

/** Lets everything happen that waits for nothing but its turn. */
export async function takeTurns (): Promise<void> {
  for (let turns = 0; turns < TURNS; turns++) await new Promise<void>(resolve => { setImmediate(resolve) })
}
