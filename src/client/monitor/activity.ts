/** What is read of an event. */
type Seen = Pick<Event, 'type' | 'isTrusted'> &
  Partial<Pick<PointerEvent, 'screenX' | 'screenY' | 'buttons'> & Pick<KeyboardEvent, 'repeat'>>

/**
 * Makes the function that separates activity from what only happens.
 *
 * What only happens: events that scripts make, pages that move under a pointer at rest (browsers report that as a
 * movement of the pointer), the repetition of a key that something lies on, and scrolling without a pressed pointer.
 */
export function createActivityFilter (): (event: Seen) => boolean {
  let place: string | undefined
  let isPressed = false
  return function isActivity ({ type, isTrusted, screenX, screenY, buttons, repeat }) {
    if (!isTrusted || repeat === true) return false
    if (type === 'scroll') return isPressed
    if (type[0] === 'd') return true // a drag, whose buttons browsers report differently
    // Each event of a pointer names its buttons: browsers report no event when the bar of a window is released.
    if (buttons !== undefined) isPressed = buttons > 0
    if (type !== 'pointermove') return true
    const before = place
    place = `${screenX} ${screenY}`
    return before !== undefined && before !== place
  }
}
