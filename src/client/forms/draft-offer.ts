import { element } from '../element.ts'
import type { Locale } from '../locales/locale.ts'

/** A screen reader hears a region only when it was there before its text. */
const UNHEARD_MS = 100

let count = 0

/**
 * Offers in front of a form what was typed into it before the session ended. It takes no focus: a page that has just
 * come is not to be read from its middle.
 *
 * @returns takes the offer away
 */
export function offerDraft (form: HTMLFormElement, locale: Locale, onAnswer: (isWanted: boolean) => void): () => void {
  const id = `session-security-draft-${++count}`
  const region = element('section', 'draft', { lang: locale.lang, dir: locale.dir, 'aria-labelledby': id })
  const text = element('p', 'text', { id, role: 'status', tabindex: '-1' })
  const buttons = element('div', 'answers')

  function answer (isWanted: boolean): void {
    text.textContent = isWanted ? locale.restored : locale.discarded
    // The focus was on a button that goes; it stays in this place, and hears what was done.
    text.focus()
    buttons.remove()
    text.addEventListener('blur', () => region.remove())
    onAnswer(isWanted)
  }

  for (const [label, part, isWanted] of [[locale.restore, 'button', true], [locale.discard, 'button session-security-quiet', false]] as const) {
    const button = element('button', part, { type: 'button' })
    button.textContent = label
    button.addEventListener('click', () => answer(isWanted))
    buttons.append(button)
  }
  region.append(text, buttons)
  form.before(region)
  setTimeout(() => { if (text.textContent === '') text.textContent = locale.draft }, UNHEARD_MS)
  return () => region.remove()
}
