/** How long after the finger was lifted its click may come, and after a click the second one of a double click. */
const CLICK_MS = 300

/** How long a key may be down without another word of it. */
const HOLD_MS = 1000

/** What is read of the events. */
type Seen = Pick<Event, 'type'> & Partial<Pick<KeyboardEvent,
  | 'code' | 'key' | 'repeat'> & Pick<MouseEvent, 'buttons' | 'detail'>>

/**
 * Tells which presses are the dialog's: those that began on it. The dialog stays until such a press is over, so that no
 * part of it reaches the page, and it comes when the page's press is over, so that no part of that reaches the dialog.
 */
export class Presses {
  #isOn = false
  #untilMs = -Infinity
  #code: string | undefined

  /** @param isOn whether the press in question began on the dialog, or else on the page */
  isUnderWay (isOn: boolean, nowMs: number): boolean {
    return this.#isOn === isOn && nowMs < this.#untilMs
  }

  /**
   * @param isOn whether the event is the dialog's
   * @returns whether the event must press nothing: it ends what began on the other side, or a key is held
   */
  follow ({ type, code, key, repeat, buttons, detail }: Seen, isOn: boolean, nowMs: number): boolean {
    if (type === 'keydown' || type === 'pointerdown') {
      if (repeat !== true) [this.#isOn, this.#code] = [isOn, code]
      // A mouse button may be held on the dialog for as long as one likes; a key says again that it is down.
      if (code === this.#code) {
        this.#untilMs = type === 'pointerdown' && isOn
          ? Infinity
          : isOn || key === undefined || pressesOf(key) ? nowMs + HOLD_MS : nowMs
      }
      return repeat === true && key !== 'Tab'
    }
    if (type === 'keyup') {
      const isStray = code !== this.#code || isOn !== this.#isOn
      // A button of the page is pressed after this.
      if (code === this.#code) this.#untilMs = isOn || !pressesOf(key) ? nowMs : nowMs + CLICK_MS
      return isStray
    }
    if (type === 'click') {
      const isStray = detail !== 0 && this.isUnderWay(!isOn, nowMs)
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

/** Whether a key presses buttons; others only write. */
function pressesOf (key: string | undefined): boolean {
  return key === 'Enter' || key === ' '
}
