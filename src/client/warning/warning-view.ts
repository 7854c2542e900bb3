import { element, write } from '../element.ts'
import type { Locale } from '../locales/locale.ts'
import type { WarningContent } from './warning-content.ts'

/**
 * The elements of the warning. An alert dialog, because it interrupts and wants an answer
 * (https://www.w3.org/WAI/ARIA/apg/patterns/alertdialog/). What ticks every second is hidden from screen readers:
 * they get a description that stands still, and a region that speaks now and then.
 */
export class WarningView {
  readonly dialog = element('dialog', 'dialog', { role: 'alertdialog', 'aria-labelledby': 'session-security-title', 'aria-describedby': 'session-security-text session-security-note', closedby: 'none' })
  readonly answer = element('button', 'button', { type: 'button' })
  readonly signOut = element('button', 'button session-security-quiet', { type: 'button' })
  readonly #bar = element('progress', 'bar', { 'aria-hidden': 'true' })
  readonly #title = element('h2', 'title', { id: 'session-security-title' })
  readonly #text = element('p', 'text', { 'aria-hidden': 'true' })
  readonly #time = element('strong', 'time')
  readonly #description = element('p', 'unseen', { id: 'session-security-text' })
  readonly #spoken = element('p', 'unseen', { role: 'status' })
  readonly #note = element('p', 'note', { id: 'session-security-note', role: 'status' })
  #shown = ''

  constructor ({ lang, dir, signOut }: Locale) {
    this.dialog.lang = lang
    this.dialog.dir = dir
    this.signOut.textContent = signOut
    const buttons = element('div', 'buttons')
    buttons.append(this.answer, this.signOut)
    this.dialog.append(this.#bar, this.#title, this.#text, this.#description, this.#note, this.#spoken, buttons)
  }

  show (content: WarningContent, time: string): void {
    write(this.#title, content.title)
    write(this.#note, content.note)
    write(this.answer, content.answer)
    this.signOut.hidden = !content.offersSignOut
    if (this.#shown === content.text) return
    this.#shown = content.text
    const [before = '', after] = content.text.split('{time}')
    this.#bar.hidden = after === undefined
    this.#text.replaceChildren(before, ...(after === undefined ? [] : [this.#time, after]))
    write(this.#description, content.text.replace('{time}', time))
    this.#bar.removeAttribute('max')
    write(this.#spoken, '')
  }

  tick (time: string, leftMs: number): void {
    write(this.#time, time)
    if (!this.#bar.hasAttribute('max')) this.#bar.max = Math.max(1, leftMs)
    this.#bar.value = leftMs
  }

  speak (text: string): void {
    write(this.#spoken, text)
  }

  /** The next warning is another one, with a description of its own. */
  reset (): void {
    this.#shown = ''
  }
}
