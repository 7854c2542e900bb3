/** Between two attempts, in ms: the network may be gone just now. */
const PAUSES = [1000, 4000, 15_000, 60_000]

/** For tests. */
export interface ModuleLoader {
  readonly importModule?: (address: string) => Promise<unknown>
  readonly pause?: (ms: number) => Promise<unknown>
}

/**
 * Imports the first of some modules that is there, however long that takes: a page without the texts of its warning could
 * not warn. Each attempt has an address of its own, because browsers remember that a module could not be loaded.
 *
 * @param otherwise what will do, from the second attempt on: the network may have failed once
 */
export async function loadModule (
  addresses: readonly string[], otherwise: readonly string[] = [], { importModule = address => import(address), pause = sleep }: ModuleLoader = {}
): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    for (const address of attempt === 0 ? addresses : [...addresses, ...otherwise]) {
      try {
        return await importModule(attempt === 0 ? address : `${address}?${attempt}`)
      } catch {
        // The next one may be there.
      }
    }
    await pause(PAUSES[Math.min(attempt, PAUSES.length - 1)] ?? 0)
  }
}

function sleep (ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
