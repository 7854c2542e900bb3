import { focusedElement } from './focus.ts'

/** How long a person who was typing when the warning came goes on without having seen it. */
const BLIND_MS = 500

/**
 * Takes the keys of a person who was typing when the warning came: they press nothing, reach no shortcut of the page,
 * and go back to where they were meant for. Lost are Enter and Backspace, what an input method was composing, and what
 * was meant for a frame of another site or for anything that takes no text.
 */
export class TypingGuard {
  #blindUntil = 0
  #typed = ''
  #field: Element | null = null

  /** Call it before the focus goes. */
  begin (): void {
    this.#blindUntil = performance.now() + BLIND_MS
    this.#typed = ''
    this.#field = focusedElement()
  }

  /** @returns whether the key was one of these */
  takes (event: KeyboardEvent): boolean {
    const { key } = event
    const nowMs = performance.now()
    // The third level of a keyboard is Control and Alt to some systems.
    const isCommand = event.metaKey || ((event.ctrlKey || event.altKey) && !event.getModifierState('AltGraph'))
    if (nowMs >= this.#blindUntil || isCommand) return false
    const isText = key.length === 1
    if (!isText && key !== 'Enter' && key !== 'Escape') return false
    if (isText && event.type === 'keydown') this.#typed += key
    // In the middle of a word, nobody looks yet.
    if (isText && key !== ' ') this.#blindUntil = Math.max(this.#blindUntil, nowMs + BLIND_MS)
    event.preventDefault()
    return true
  }

  /** Whether it holds letters of somebody who writes no more. */
  isDue (nowMs: number): boolean {
    return this.#typed !== '' && nowMs >= this.#blindUntil
  }

  /** Call it when the focus is back. */
  giveBack (): void {
    const typed = this.#typed
    this.#typed = ''
    // Deprecated, and without a successor: nothing else inserts text the way a person does, so that it can be undone.
    if (typed !== '' && this.#field === focusedElement()) {
      this.#field?.ownerDocument.execCommand('insertText', false, typed)
    }
  }
}
