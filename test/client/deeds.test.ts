import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createJudge } from '../../src/client/monitor/deeds.ts'

const isTrusted = true

describe('what counts as somebody doing something', () => {
  it('is a key, a button, a wheel, a finger, an input and a click of assistive technology', () => {
    const isDeed = createJudge()
    for (const type of ['keydown', 'pointerdown', 'wheel', 'touchmove', 'input', 'click']) assert.equal(isDeed({ type, isTrusted }), true, type)
  })

  it('is nothing that a script makes', () => {
    const isDeed = createJudge()
    for (const type of ['keydown', 'pointerdown', 'pointermove', 'wheel', 'scroll', 'click']) assert.equal(isDeed({ type, isTrusted: false }), false, type)
  })

  it('is a pointer that moves, and not a page that moves under it', () => {
    const isDeed = createJudge()
    const move = (screenX: number, screenY: number): boolean => isDeed({ type: 'pointermove', isTrusted, screenX, screenY, buttons: 0 })
    assert.deepEqual([move(5, 5), move(5, 5), move(5, 6), move(5, 6), move(6, 6)], [false, false, true, false, true])
  })

  it('is no key that something lies on', () => {
    const isDeed = createJudge()
    assert.deepEqual([isDeed({ type: 'keydown', isTrusted, repeat: false }), isDeed({ type: 'keydown', isTrusted, repeat: true })], [true, false])
  })

  it('is scrolling while a hand is at it, and no other', () => {
    const isDeed = createJudge()
    const scroll = (): boolean => isDeed({ type: 'scroll', isTrusted })
    for (const release of ['pointerup', 'pointercancel', 'pointermove', 'click']) {
      assert.equal(scroll(), false)
      isDeed({ type: 'pointerdown', isTrusted, buttons: 1 })
      assert.equal(scroll(), true)
      isDeed({ type: 'pointermove', isTrusted, buttons: 1 })
      assert.equal(scroll(), true)
      isDeed({ type: release, isTrusted, buttons: 0 })
    }
    assert.equal(scroll(), false)
  })
})
