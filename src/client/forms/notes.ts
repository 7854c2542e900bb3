import { element } from '../element.ts'
import { isConnected, putAfter } from './dom.ts'
import type { Entry } from './entry.ts'
import type { Locale } from '../locales/locale.ts'

/** A screen reader hears a region only when it was there before its text. */
const UNHEARD_MS = 100

/** Says behind a form that what stands in it is too long to be kept, for as long as it is. */
export function createNotes (locale: Locale): { update (entry: Entry, isWhole: boolean): void, clear (): void } {
  const notes = new Map<Entry, Element>()

  function remove (entry: Entry): void {
    notes.get(entry)?.remove()
    notes.delete(entry)
  }

  return {
    update (entry, isWhole) {
      if (isWhole) return remove(entry)
      const place = entry.form ?? [...entry.elements.values()].find(isConnected)
      const known = notes.get(entry)
      if (place === undefined || !isConnected(place) || (known !== undefined && isConnected(known))) return
      const note = element('p', 'draft-note', { role: 'status', lang: locale.lang, dir: locale.dir })
      notes.set(entry, note)
      putAfter(place, note)
      setTimeout(() => { note.textContent = locale.tooLong }, UNHEARD_MS)
    },
    clear () {
      for (const entry of notes.keys()) remove(entry)
    }
  }
}
