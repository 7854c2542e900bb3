/** Milliseconds after a lifted finger, or a click, in which a click may follow. */
const CLICK_MS = 300

/** Milliseconds after which a key no longer counts as held, unless it repeats. */
const HOLD_MS = 1000

/** The properties of an event that the class reads. */
type EventParts = Pick<Event, 'type'> & Partial<Pick<KeyboardEvent,
  | 'code' | 'key' | 'repeat'> & Pick<MouseEvent, 'buttons' | 'detail'>>

/**
 * Finds out which presses belong to the dialog: those that began on it. The dialog stays until such a press is over, so
 * that no part of it reaches the page. It comes when the page's press is over, so that no part of that reaches the
 * dialog.
 */
export class Presses {
  #isOn = false
  #untilMs = -Infinity
  #code: string | undefined

  /**
   * Checks whether a press is under way.
   *
   * @param isOn whether the press in question began on the dialog, or else on the page
   */
  isDown (isOn: boolean, nowMs: number): boolean {
    return this.#isOn === isOn && nowMs < this.#untilMs
  }

  /**
   * Follows an event.
   *
   * @param isOn whether the event belongs to the dialog
   * @returns true if the event must press nothing: it ends a press that began on the other side, or a key is held
   */
  follow ({ type, code, key, repeat, buttons, detail }: EventParts, isOn: boolean, nowMs: number): boolean {
    if (type === 'keydown' || type === 'pointerdown') {
      if (repeat !== true) [this.#isOn, this.#code] = [isOn, code]
      // A person may hold a mouse button on the dialog for any time. A held key repeats.
      if (code === this.#code) {
        this.#untilMs = type === 'pointerdown' && isOn
          ? Infinity
          : isOn || key === undefined || pressesOf(key) ? nowMs + HOLD_MS : nowMs
      }
      return repeat === true && key !== 'Tab'
    }
    if (type === 'keyup') {
      const isStray = code !== this.#code || isOn !== this.#isOn
      // A button of the page is pressed after this event.
      if (code === this.#code) this.#untilMs = isOn || !pressesOf(key) ? nowMs : nowMs + CLICK_MS
      return isStray
    }
    if (type === 'click') {
      const isStray = detail !== 0 && this.isDown(!isOn, nowMs)
      // Keys and assistive technology press without a pointer.
      if (detail !== 0 || !isOn) this.#untilMs = isOn && !isStray ? nowMs + CLICK_MS : nowMs
      return isStray
    }
    const isOver = type === 'pointerup' || type === 'pointercancel' || (buttons === 0 && this.#untilMs === Infinity)
    if (type === 'blur') this.#untilMs = nowMs
    else if (isOver) this.#untilMs = nowMs + CLICK_MS
    return false
  }
}

/** Checks whether a key presses buttons. Other keys only write. */
function pressesOf (key: string | undefined): boolean {
  return key === 'Enter' || key === ' '
}
