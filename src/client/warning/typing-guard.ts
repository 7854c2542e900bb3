import { isMatch, native } from '../elements.ts'
import { focusedElement } from './focus.ts'

/** Milliseconds that a typing person goes on without having seen the warning. */
const BLIND_MS = 500

/** Matches fields that take keys, and no text. */
const PARTS = 'select, [type^=date], [type=month], [type=week], [type=time]'

/**
 * Catches the keys of a person who was typing when the warning came. These keys press nothing, reach no shortcut of the
 * page, and go back to the field. Lost are Enter and Backspace, the text that an input method was composing, and text
 * for a frame of another site or for an element that takes no text.
 */
export class TypingGuard {
  #blindUntil = 0
  #typed = ''
  #field: Element | null = null

  /** Begins to catch keys. Call it before the focus goes. */
  begin (): void {
    this.#blindUntil = performance.now() + BLIND_MS
    this.#typed = ''
    this.#field = focusedElement()
  }

  /**
   * Catches a key, unless the person has seen the warning.
   *
   * @returns true if the key was caught
   */
  takes (event: KeyboardEvent): boolean {
    const { key } = event
    const nowMs = performance.now()
    // Some systems report the third level of a keyboard as Control and Alt.
    const isCommand = event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState('AltGraph'))
    if (nowMs >= this.#blindUntil || isCommand) return false
    const isText = key.length === 1
    if (!isText && key !== 'Enter' && key !== 'Escape') return false
    if (isText && event.type === 'keydown') this.#typed += key
    // Nobody looks up in the middle of a word.
    if (isText && key !== ' ') this.#blindUntil = Math.max(this.#blindUntil, nowMs + BLIND_MS)
    event.preventDefault()
    return true
  }

  /**
   * Checks whether a person goes on typing into a field that takes no text. A date of which only
   * the end reaches the field is another date.
   */
  holdsPart (nowMs: number): boolean {
    return this.#typed !== '' && nowMs < this.#blindUntil && isMatch(this.#field, PARTS)
  }

  /** Checks whether it holds letters of a person who has stopped writing. */
  hasText (nowMs: number): boolean {
    return this.#typed !== '' && nowMs >= this.#blindUntil
  }

  /** Writes the letters into the field. Call it when the focus is back. */
  giveBack (): void {
    const typed = this.#typed
    this.#typed = ''
    // execCommand() is deprecated, but nothing else inserts text as a person does, so that it can be undone.
    if (typed !== '' && this.#field === focusedElement()) {
      if (this.#field !== null) native(this.#field.ownerDocument).execCommand('insertText', false, typed)
    }
  }
}
