import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DialogUse } from '../../src/client/warning/dialog-use.ts'

/** A dialog of 100 by 100 at 100, 100. */
const DIALOG = { getBoundingClientRect: () => ({ left: 100, right: 200, top: 100, bottom: 200 }) } as unknown as Element

/** Returns an event of a pointer at a position. */
function at (x: number, y: number, more: object = {}): PointerEvent {
  return {
    isTrusted: true, type: 'pointermove', pointerType: 'mouse', screenX: x, screenY: y, clientX: x, clientY: y, ...more
  } as unknown as PointerEvent
}

/** Returns for how many seconds more the person uses the dialog, after these events. */
function secondsOf (events: PointerEvent[], isAsking: boolean, isOpenBefore = false): number {
  const use = new DialogUse()
  use.pointer(at(0, 0), isOpenBefore ? DIALOG : null, true)
  for (const event of events) use.pointer(event, DIALOG, isAsking)
  const seconds = (use.untilMs - performance.now()) / 1000
  return seconds === Infinity ? Infinity : Math.max(0, Math.ceil(seconds * 2) / 2)
}

describe('the pointer, and the keyboard, of a person at the dialog', () => {
  for (const [what, events, isAsking, seconds] of [
    ['is at a dialog that asks when it moves anywhere', [at(5, 5)], true, 1.5],
    ['stays when it moved onto it', [at(150, 150)], true, Infinity],
    [
      'stays also when it got there from element to element',
      [at(150, 150, { type: 'pointerout', relatedTarget: {} }), at(150, 150)], true, Infinity
    ],
    ['is nowhere when the dialog came up under it at rest', [at(0, 0)], true, 0],
    ['is nowhere when a script moves it', [at(150, 150, { isTrusted: false })], true, 0],
    ['is still there when it comes nearer', [at(5, 5), at(50, 50)], false, 1.5],
    ['leaves with the window', [at(150, 150), at(300, 0, { type: 'pointerout', relatedTarget: null })], false, 1.5],
    ['of touch rests nowhere', [at(150, 150, { type: 'pointerdown', pointerType: 'touch' })], true, 1.5]
  ] as Array<[string, PointerEvent[], boolean, number]>) {
    it(what, () => {
      assert.equal(secondsOf(events, isAsking), seconds)
    })
  }

  it('does not come back by moving away', () => {
    const use = new DialogUse()
    use.pointer(at(0, 0), null, true)
    use.pointer(at(90, 90), DIALOG, true)
    const until = use.untilMs
    use.pointer(at(50, 50), DIALOG, false)
    assert.equal(use.untilMs, until)
  })

  it('stays as a keyboard once that went from button to button', () => {
    const use = new DialogUse()
    use.key({ isTrusted: true, key: 'Shift' } as unknown as KeyboardEvent)
    assert.ok(use.untilMs < performance.now() + 1600)
    use.key({ isTrusted: true, key: 'Tab' } as unknown as KeyboardEvent)
    use.key({ isTrusted: true, key: 'Shift' } as unknown as KeyboardEvent)
    assert.equal(use.untilMs, Infinity)
    use.leave()
    assert.equal(use.untilMs, -Infinity)
  })
})
