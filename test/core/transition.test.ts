import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SavedSide, SessionSide, Transition } from '../../src/core/transition.ts'
import { transition } from '../../src/core/transition.ts'

const NONE: SessionSide = { state: 'none', user: undefined }
const CART: SessionSide = { state: 'anonymous', user: undefined }
const SOMEBODY: SessionSide = { state: 'authenticated', user: undefined }
const ADA: SessionSide = { state: 'authenticated', user: 'ada' }
const BOB: SessionSide = { state: 'authenticated', user: 'bob' }

/** Transitions of a save alone, after regenerate(), and after reauthenticated(). */
const TABLE: ReadonlyArray<readonly [string, SessionSide, SessionSide, Transition, Transition, Transition]> = [
  ['nothing stays nothing', NONE, NONE, 'none', 'none', 'none'],
  ['a cart appears', NONE, CART, 'begun', 'begun', 'begun'],
  ['a sign-in without a session before', NONE, ADA, 'signedIn', 'signedIn', 'signedIn'],
  ['an anonymous session is emptied', CART, NONE, 'none', 'signedOut', 'none'],
  ['an anonymous session is edited', CART, CART, 'none', 'renewed', 'none'],
  ['a sign-in over a cart', CART, ADA, 'signedIn', 'signedIn', 'signedIn'],
  [
    'a sign-in over a cart, where only isAuthenticated is configured', CART, SOMEBODY, 'signedIn', 'signedIn',
    'signedIn'
  ],
  ['the user is deleted and nothing is left', ADA, NONE, 'signedOut', 'signedOut', 'signedOut'],
  ['the user is deleted and the cart is left', ADA, CART, 'signedOut', 'signedOut', 'signedOut'],
  ['an edit of an authenticated session', ADA, ADA, 'none', 'renewed', 'reauthenticated'],
  ['another user signs in', ADA, BOB, 'userChanged', 'userChanged', 'userChanged'],
  ['the user is no longer named', ADA, SOMEBODY, 'none', 'renewed', 'reauthenticated'],
  ['an edit where only isAuthenticated is configured', SOMEBODY, SOMEBODY, 'none', 'renewed', 'reauthenticated'],
  ['the user becomes known later', SOMEBODY, ADA, 'renewed', 'renewed', 'reauthenticated']
]

describe('transition()', () => {
  for (const [what, before, after, plain, renewed, reauthenticated] of TABLE) {
    it(`${what}: ${plain}, ${renewed}, ${reauthenticated}`, () => {
      const judge = (calls: Partial<SavedSide>): Transition =>
        transition(before, { isRenewed: false, isReauthenticated: false, ...after, ...calls })
      assert.deepEqual(
        [judge({}), judge({ isRenewed: true }), judge({ isReauthenticated: true })], [plain, renewed, reauthenticated]
      )
    })
  }

  it('prefers the later deadline: a session that was renewed and reauthenticated is reauthenticated', () => {
    assert.equal(transition(ADA, { ...ADA, isRenewed: true, isReauthenticated: true }), 'reauthenticated')
  })
})
