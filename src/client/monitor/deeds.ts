/** What is read of the events. */
type Seen = Pick<Event, 'type' | 'isTrusted'> & Partial<Pick<PointerEvent, 'screenX' | 'screenY' | 'buttons'> & Pick<KeyboardEvent, 'repeat'>>

/**
 * Tells what a person does from what only happens: events that scripts make, pages that move under a pointer at rest
 * (browsers report that as its movement), a key that something lies on, scrolling that nobody's hand is at.
 */
export function createJudge (): (event: Seen) => boolean {
  let place: string | undefined
  let isHeld = false
  return function isDeed ({ type, isTrusted, screenX, screenY, buttons, repeat }) {
    if (!isTrusted || repeat === true) return false
    if (type === 'scroll') return isHeld
    // Every event of a pointer tells of its buttons: nobody reports that the bar of a window was let go.
    if (buttons !== undefined) isHeld = buttons > 0
    if (type !== 'pointermove') return true
    const before = place
    place = `${screenX} ${screenY}`
    return before !== undefined && before !== place
  }
}
