import { element } from '../element.ts'
import { REGION_DELAY_MS } from './delays.ts'
import { isConnected, markMade, putAfter } from './dom.ts'
import type { Entry } from './entry.ts'
import type { Locale } from '../locales/locale.ts'

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
      const anchor = entry.form ?? [...entry.elements.values()].find(isConnected)
      const known = notes.get(entry)
      if (anchor === undefined || !isConnected(anchor) || (known !== undefined && isConnected(known))) return
      const note = element('p', 'draft-note', { role: 'status', lang: locale.lang, dir: locale.dir })
      markMade(note)
      notes.set(entry, note)
      putAfter(anchor, note)
      setTimeout(() => { note.textContent = locale.tooLong }, REGION_DELAY_MS)
    },
    clear () {
      for (const entry of notes.keys()) remove(entry)
    }
  }
}
