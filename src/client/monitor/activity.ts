/** The properties of an event that the filter reads. */
type EventParts = Pick<Event, 'type' | 'isTrusted'> &
  Partial<Pick<PointerEvent, 'screenX' | 'screenY' | 'buttons'> & Pick<KeyboardEvent, 'repeat'>>

/**
 * Creates a filter that tells a person's activity from other events.
 *
 * Other events are those that scripts make, pages that move under a pointer at rest (browsers report that as a movement
 * of the pointer), the repetition of a key that an object presses, and scrolling without a pressed pointer.
 */
export function createActivityFilter (): (event: EventParts) => boolean {
  let position: string | undefined
  let isPressed = false
  return function isActivity ({ type, isTrusted, screenX, screenY, buttons, repeat }) {
    if (!isTrusted || repeat === true) return false
    if (type === 'scroll') return isPressed
    if (type[0] === 'd') return true // a drag, whose buttons browsers report differently
    // Each pointer event names its buttons. Browsers report no event when the scroll bar of a window is released.
    if (buttons !== undefined) isPressed = buttons > 0
    if (type !== 'pointermove') return true
    const before = position
    position = `${screenX} ${screenY}`
    return before !== undefined && before !== position
  }
}
