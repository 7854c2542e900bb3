import { WARNING } from '../attributes.ts'
import { element, write } from '../element.ts'
import type { Locale } from '../locales/locale.ts'
import type { Warning } from './warning-content.ts'

const ID = 'session-security-'

/**
 * The elements of the warning. It is an alert dialog, because it interrupts and wants an answer
 * (https://www.w3.org/WAI/ARIA/apg/patterns/alertdialog/). The countdown is its description: a screen reader that reads
 * it hears the present number. A region of its own speaks the time now and then.
 */
export class WarningView {
  readonly dialog = element(
    'dialog', 'dialog',
    { [WARNING]: '', 'aria-labelledby': `${ID}title`, 'aria-describedby': `${ID}text ${ID}note`, closedby: 'none' }
  )

  readonly answer = element('button', 'button', { type: 'button' })
  readonly signOut = element('button', 'button session-security-quiet', { type: 'button' })
  readonly #bar = element('progress', 'bar', { 'aria-hidden': 'true' })
  readonly #title = element('h2', 'title', { id: `${ID}title` })
  readonly #text = element('p', 'text', { id: `${ID}text` })
  readonly #time = element('strong', 'time')
  readonly #spoken = element('p', 'unseen', { role: 'status' })
  readonly #note = element('p', 'note', { id: `${ID}note`, role: 'status' })
  #shown: string | undefined

  constructor ({ lang, dir, signOut }: Locale) {
    this.dialog.lang = lang
    this.dialog.dir = dir
    this.signOut.textContent = signOut
    const buttons = element('div', 'buttons')
    buttons.append(this.answer, this.signOut)
    this.dialog.append(this.#bar, this.#title, this.#text, this.#note, this.#spoken, buttons)
  }

  show ({ title, text, note, label, offersSignOut }: Warning): void {
    write(this.#title, title)
    write(this.#note, note)
    write(this.answer, label)
    this.signOut.hidden = !offersSignOut
    if (this.#shown === text) return
    this.#shown = text
    const [before = '', after] = text.split('{time}')
    this.#bar.hidden = after === undefined
    this.#text.replaceChildren(before, ...(after === undefined ? [] : [this.#time, after]))
    this.#bar.removeAttribute('max')
    write(this.#spoken, '')
  }

  tick (time: string, leftMs: number): void {
    write(this.#time, time)
    if (!this.#bar.hasAttribute('max')) this.#bar.max = Math.max(1, leftMs)
    this.#bar.value = leftMs
  }

  /**
   * Shows which buttons wait for an answer. Firefox before 119 knows the attributes, and not the properties of the same
   * name.
   */
  busy (isAnswering: boolean, isSigningOut: boolean): void {
    this.dialog.setAttribute('aria-busy', String(isAnswering || isSigningOut))
    this.answer.setAttribute('aria-disabled', String(isAnswering))
    this.signOut.setAttribute('aria-disabled', String(isSigningOut))
  }

  speak (text: string): void {
    write(this.#spoken, text)
  }

  /** Prepares for the next warning. */
  reset (): void {
    this.#shown = undefined
  }
}
