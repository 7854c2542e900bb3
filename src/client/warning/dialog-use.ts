/** Milliseconds after the last sign for which a person counts as being at the dialog. */
const LINGER_MS = 1500

/**
 * Finds out until when the person of this tab uses the dialog. It ignores events that scripts make.
 *
 * - While the dialog waits for an answer, every movement of the pointer, press and key is a sign.
 * - While it says that the session goes on, a sign is a key, or a pointer that approaches or is inside.
 * - A pointer that moved and then rests on the dialog stays there. So does the keyboard once it was used to go from
 *   button to button: Enter must not press the page's button because it came late.
 */
export class DialogUse {
  #pointerMs = -Infinity
  #keysMs = -Infinity
  #position = ''
  #distance = Infinity

  get untilMs (): number {
    return Math.max(this.#pointerMs, this.#keysMs)
  }

  /** Forgets the signs: the person has answered, or another dialog begins. */
  leave (): void {
    this.#pointerMs = this.#keysMs = -Infinity
  }

  key ({ isTrusted, key }: KeyboardEvent): void {
    if (isTrusted) this.#keysMs = Math.max(this.#keysMs, key === 'Tab' ? Infinity : performance.now() + LINGER_MS)
  }

  /**
   * Follows the pointer.
   *
   * @param dialog null while it is closed
   * @param isAsking whether the dialog waits for an answer
   */
  pointer (
    { isTrusted, type, pointerType, relatedTarget, screenX, screenY, clientX, clientY }: PointerEvent,
    dialog: Element | null, isAsking: boolean
  ): void {
    const soonMs = performance.now() + LINGER_MS
    if (type === 'pointerout') {
      // This event precedes each movement to another element. It has no target only when the pointer leaves the window.
      if (relatedTarget === null) this.#pointerMs = Math.min(this.#pointerMs, soonMs)
      return
    }
    const position = `${screenX} ${screenY}`
    const before = this.#position
    this.#position = position
    // Browsers also report a movement when an element appears under a pointer at rest.
    if (!isTrusted || dialog === null || (type === 'pointermove' && (before === '' || before === position))) return
    const distanceBefore = this.#distance
    this.#distance = distanceOf({ clientX, clientY }, dialog)
    if (this.#distance === 0) this.#pointerMs = pointerType === 'touch' ? soonMs : Infinity
    else this.#pointerMs = isAsking || this.#distance < distanceBefore ? soonMs : Math.min(this.#pointerMs, soonMs)
  }
}

/** Returns the distance to the dialog, in CSS pixels; 0 inside. */
export function distanceOf ({ clientX, clientY }: Pick<MouseEvent, 'clientX' | 'clientY'>, dialog: Element): number {
  const { left, right, top, bottom } = dialog.getBoundingClientRect()
  return Math.hypot(Math.max(left - clientX, 0, clientX - right), Math.max(top - clientY, 0, clientY - bottom))
}
