/** The events that may be activity. */
export const ACTIVITY =
  'pointerdown pointerup pointercancel pointermove keydown wheel touchmove scroll input click dragover drop'

/** The events of a page that goes or comes, or that may have slept. */
export const PASSAGES = 'visibilitychange focus resume online pageshow pagehide'
