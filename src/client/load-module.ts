/** Between two attempts, in ms: the network may be gone just now. */
const PAUSES = [1000, 4000, 15_000, 60_000]

export interface LoadOptions {
  /** How often it is tried. Default: however long that takes. */
  readonly attempts?: number
  /** For tests. */
  readonly importModule?: (address: string) => Promise<unknown>
  /** For tests. */
  readonly pause?: (ms: number) => Promise<unknown>
}

/**
 * Imports the first of some modules that is there. Each attempt has an address of its own, because browsers remember that
 * a module could not be loaded.
 *
 * @throws what the last attempt threw
 */
export async function loadModule (addresses: readonly string[], options: LoadOptions = {}): Promise<unknown> {
  const { attempts = Infinity, importModule = address => import(address), pause = sleep } = options
  let problem: unknown
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await pause(PAUSES[Math.min(attempt, PAUSES.length) - 1] ?? 0)
    for (const address of addresses) {
      try {
        return await importModule(attempt === 0 ? address : `${address}?${attempt}`)
      } catch (error) {
        problem = error // the next one may be there
      }
    }
  }
  throw problem
}

function sleep (ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
