import { element } from '../element.ts'
import { isConnected, putAfter } from './dom.ts'
import type { Entry } from './entry.ts'
import type { Locale } from '../locales/locale.ts'

/** Milliseconds before a new region gets its text. A screen reader ignores text in a region that has just come. */
const UNHEARD_MS = 100

/** Shows a note behind each form whose text is too long to be kept. */
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
