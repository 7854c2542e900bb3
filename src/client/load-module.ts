/** Pauses between attempts, in milliseconds. The network may be gone just now. */
const PAUSES = [1000, 4000, 15_000, 60_000]

export interface LoadOptions {
  /** The number of attempts. Default: no limit. */
  readonly attempts?: number
  /** For tests. */
  readonly importModule?: (address: string) => Promise<unknown>
  /** For tests. */
  readonly pause?: (ms: number) => Promise<unknown>
}

/**
 * Imports the first module of a list that the server has. Each attempt has an address of its own, because browsers
 * remember that a module could not be loaded.
 *
 * @throws the error of the last attempt
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
        problem = error // the next address may work
      }
    }
  }
  throw problem
}

function sleep (ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
