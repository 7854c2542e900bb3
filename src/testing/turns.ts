/** The function of Node. A test may replace the global one by a fake one later. */
const { setImmediate } = globalThis

/** Turns of the event loop after which everything has run that waits for turns only. */
const TURNS = 6

export function inNextTurn (run: () => void): void {
  setImmediate(run)
}

/** Waits until everything has run that waits for turns only. */
export async function takeTurns (): Promise<void> {
  for (let turns = 0; turns < TURNS; turns++) await new Promise<void>(resolve => { setImmediate(resolve) })
}
