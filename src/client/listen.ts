import type { Surroundings } from './monitor/surroundings.ts'

/**
 * Listens to events of some names before the page itself does. So the client also sees events that the page stops.
 * Adding a listener twice adds it once.
 *
 * @param names with spaces between them
 */
export function listen (
  names: string, signal: AbortSignal, listener: (event: Event) => void,
  target: Pick<Surroundings, 'addEventListener'> = globalThis
): void {
  for (const name of names.split(' ')) target.addEventListener(name, listener, { capture: true, signal })
}
