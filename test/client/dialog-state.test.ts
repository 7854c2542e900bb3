import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DialogEvent, DialogState } from '../../src/client/warning/dialog-state.ts'
import { CLOSED, next } from '../../src/client/warning/dialog-state.ts'
import { Presses } from '../../src/client/warning/presses.ts'

const told = (wanted:
  | 'nothing' | 'answer' | 'look' | 'end', isUsed = false): DialogEvent => ({ type: 'wanted', wanted, isUsed })
const answer = (isFinal = false): DialogEvent => ({ type: 'answer', isFinal })
const SIGN_OUT: DialogEvent = { type: 'signOut' }
const settled = (what: 'answer' | 'signOut', isDone: boolean): DialogEvent => ({ type: 'settled', what, isDone })

/** Events in turn, and the state of the dialog after them. */
const LIVES: Array<[string, DialogEvent[], Partial<DialogState>]> = [
  ['opens for a question', [told('answer')], { phase: 'asking' }],
  ['goes at once where no hand is', [told('answer'), told('nothing')], { phase: 'closed' }],
  ['stays under the hand', [told('answer'), told('nothing', true)], { phase: 'staying' }],
  ['goes when the hand has left', [told('answer'), told('nothing', true), told('nothing')], { phase: 'closed' }],
  ['does not come because of a hand', [told('nothing', true)], { phase: 'closed' }],
  [
    'asks again when the next warning comes meanwhile', [told('answer'), told('nothing', true), told('answer', true)],
    { phase: 'asking' }
  ],
  ['waits for its answer', [told('answer'), answer()], { phase: 'asking', isAnswering: true }],
  [
    'goes with its answer, whatever the hand does',
    [told('answer'), answer(), told('nothing', true), settled('answer', true)], { phase: 'closed', isAnswering: false }
  ],
  [
    'asks on when there was no answer', [told('answer'), answer(), told('answer'), settled('answer', false)],
    { phase: 'asking', failed: 'answer', isAnswering: false }
  ],
  [
    'forgets a failure with the next try', [told('answer'), answer(), settled('answer', false), answer()],
    { failed: null, isAnswering: true }
  ],
  [
    'is closed by its button once the session goes on',
    [told('answer'), told('nothing', true), answer(true), told('nothing', true)], { phase: 'closed' }
  ],
  ['stays away once it was read', [told('look'), answer(true), told('look')], { phase: 'read' }],
  ['comes back when there is something to ask', [told('look'), answer(true), told('answer')], { phase: 'asking' }],
  [
    'is read anew in the next warning', [told('look'), answer(true), told('nothing'), told('look')], { phase: 'asking' }
  ],
  [
    'stays while a sign-out is under way', [told('answer'), SIGN_OUT, told('nothing')],
    { phase: 'staying', isSigningOut: true }
  ],
  [
    'says that a sign-out failed, without a hand',
    [told('answer'), SIGN_OUT, told('nothing'), settled('signOut', false), told('nothing')],
    { phase: 'staying', failed: 'signOut', isSigningOut: false }
  ],
  [
    'goes when that was read',
    [told('answer'), SIGN_OUT, settled('signOut', false), told('nothing'), answer(true), told('nothing')],
    { phase: 'closed', failed: null }
  ],
  ['goes at the end, whatever is under way', [told('answer'), SIGN_OUT, told('end', true)], { phase: 'closed' }],
  [
    'says nothing of a failure after the end',
    [told('answer'), SIGN_OUT, told('end'), settled('signOut', false), told('answer')],
    { phase: 'asking', failed: null }
  ],
  [
    'can sign out while another answer is under way', [told('answer'), answer(), SIGN_OUT],
    { isAnswering: true, isSigningOut: true }
  ]
]

describe('the life of the dialog', () => {
  for (const [what, events, expected] of LIVES) {
    it(what, () => {
      const state = events.reduce(next, CLOSED)
      assert.deepEqual({ ...state, ...expected }, state)
    })
  }

  it('comes to every state in any order without an error', () => {
    const events = [...new Set(LIVES.flatMap(([, all]) => all))]
    for (const one of events) {
      for (const two of events) for (const three of events) assert.ok([one, two, three].reduce(next, CLOSED).phase)
    }
  })
})

describe('presses', () => {
  /** Follows one event, on the dialog or below. It returns whether the event is a stray one. */
  const follow = (presses: Presses, type: string, isOn: boolean, atMs: number, more: object = {}): boolean =>
    presses.follow({ type, ...more }, isOn, atMs)

  it('are under way from the first event to the click, and a moment longer for a second one', () => {
    const presses = new Presses()
    follow(presses, 'pointerdown', true, 0)
    assert.deepEqual([presses.isDown(true, 99_999), presses.isDown(false, 0)], [true, false])
    follow(presses, 'pointerup', true, 100_000)
    assert.equal(follow(presses, 'click', true, 100_001, { detail: 1 }), false)
    assert.deepEqual([presses.isDown(true, 100_300), presses.isDown(true, 100_302)], [true, false])
  })

  it('of the page do not press the dialog, even by a late click, and delay it by at most a second', () => {
    const presses = new Presses()
    follow(presses, 'pointerdown', false, 0)
    assert.deepEqual([presses.isDown(false, 999), presses.isDown(false, 1000)], [true, false])
    follow(presses, 'pointerup', true, 5000)
    assert.equal(follow(presses, 'click', true, 5200, { detail: 1 }), true)
    assert.equal(follow(presses, 'click', true, 5300, { detail: 1 }), false, 'and the next is another one')
  })

  it('of the dialog do not press the page', () => {
    const presses = new Presses()
    follow(presses, 'pointerdown', true, 0)
    follow(presses, 'pointerup', true, 10)
    assert.equal(follow(presses, 'click', false, 20, { detail: 1 }), true)
  })

  it('need no pointer: assistive technology clicks at any time', () => {
    const presses = new Presses()
    assert.equal(follow(presses, 'click', true, 0, { detail: 1 }), false)
    follow(presses, 'pointerdown', false, 100)
    assert.equal(follow(presses, 'click', true, 150, { detail: 0 }), false)
  })

  it('of keys end where they began, and a key that is held presses nothing', () => {
    const presses = new Presses()
    const enter = { code: 'Enter', key: 'Enter' }
    follow(presses, 'keydown', false, 0, enter)
    assert.equal(follow(presses, 'keydown', true, 600, { ...enter, repeat: true }), true)
    assert.equal(follow(presses, 'keyup', true, 700, enter), true)
    assert.equal(follow(presses, 'keydown', true, 800, enter), false)
    assert.equal(presses.isDown(true, 1700), true)
    assert.equal(follow(presses, 'keyup', true, 900, enter), false)
    assert.equal(presses.isDown(true, 900), false)
  })

  it('are over when the window loses the focus, or the pointer says that no button is down', () => {
    for (const [type, more, laterMs] of [['blur', {}, 0], ['pointermove', { buttons: 0 }, 300]] as const) {
      const presses = new Presses()
      follow(presses, 'pointerdown', true, 0)
      follow(presses, type, true, 100, more)
      assert.equal(presses.isDown(true, 100 + laterMs), false, type)
    }
  })
})
