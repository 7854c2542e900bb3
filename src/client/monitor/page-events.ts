import { createJudge } from './deeds.ts'
import type { Surroundings } from './surroundings.ts'

/** A page that goes or comes, from the browser's memory too. */
export type Passage = Event & { readonly persisted?: boolean }

/** What is put to the judge. */
const DEEDS = 'pointerdown pointerup pointercancel pointermove keydown wheel touchmove scroll input click'

/** What tells of a page that goes, or of one that may have slept. */
const PASSAGES = 'visibilitychange focus resume online pageshow pagehide'

/** Listens before the page itself does, so that nothing that it stops is missed. */
export function listenToPage (window: Surroundings, signal: AbortSignal, onDeed: () => void, onPassage: (event: Passage) => void): void {
  const isDeed = createJudge()
  const listen = (names: string, listener: (event: Event) => void): void => {
    for (const name of names.split(' ')) window.addEventListener(name, listener, { capture: true, signal })
  }
  listen(DEEDS, event => { if (isDeed(event)) onDeed() })
  listen(PASSAGES, onPassage)
}
