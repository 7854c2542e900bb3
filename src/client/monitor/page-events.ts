import type { Surroundings } from './surroundings.ts'

/** The events that may be activity. */
export const ACTIVITY =
  'pointerdown pointerup pointercancel pointermove keydown wheel touchmove scroll input click dragover drop'

/** The events of a page that goes or comes, or that may have slept. */
export const PASSAGES = 'visibilitychange focus resume online pageshow pagehide'

/**
 * Listens before the page itself does. So the monitor also sees events that the page stops. Adding a listener twice
 * adds it once.
 */
export function listen (
  window: Pick<Surroundings, 'addEventListener'>, names: string, listener: (event: Event) => void, signal: AbortSignal
): void {
  for (const name of names.split(' ')) window.addEventListener(name, listener, { capture: true, signal })
}
