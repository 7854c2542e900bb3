import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createActivityFilter } from '../../src/client/monitor/activity.ts'

const isTrusted = true

describe('activity', () => {
  it('is a key, a button, a wheel, a finger, an input and a click of assistive technology', () => {
    const isActivity = createActivityFilter()
    for (const type of ['keydown', 'pointerdown', 'wheel', 'touchmove', 'input', 'click']) {
      assert.equal(isActivity({ type, isTrusted }), true, type)
    }
  })

  it('is no event of a script', () => {
    const isActivity = createActivityFilter()
    for (const type of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'scroll', 'click']) {
      assert.equal(isActivity({ type, isTrusted: false }), false, type)
    }
  })

  it('is a pointer that moves, and not a page that moves under it', () => {
    const isActivity = createActivityFilter()
    const move = (screenX: number, screenY: number): boolean =>
      isActivity({ type: 'pointermove', isTrusted, screenX, screenY, buttons: 0 })
    assert.deepEqual([move(5, 5), move(5, 5), move(5, 6), move(5, 6), move(6, 6)], [false, false, true, false, true])
  })

  it('is no key that an object presses', () => {
    const isActivity = createActivityFilter()
    assert.deepEqual(
      [
        isActivity({ type: 'keydown', isTrusted, repeat: false }),
        isActivity({ type: 'keydown', isTrusted, repeat: true })
      ],
      [true, false]
    )
  })

  it('is scrolling by a pressed pointer, and no other', () => {
    const isActivity = createActivityFilter()
    const scroll = (): boolean => isActivity({ type: 'scroll', isTrusted })
    for (const release of ['pointerup', 'pointercancel', 'pointermove', 'click']) {
      assert.equal(scroll(), false)
      isActivity({ type: 'pointerdown', isTrusted, buttons: 1 })
      assert.equal(scroll(), true)
      isActivity({ type: 'pointermove', isTrusted, buttons: 1 })
      assert.equal(scroll(), true)
      isActivity({ type: release, isTrusted, buttons: 0 })
    }
    assert.equal(scroll(), false)
  })
})
