import fc from 'fast-check'

export type User = 'ada' | 'bob'

export const USERS: readonly User[] = ['ada', 'bob']

/** The act of a browser's request. */
export type Act =
  /** Signs in: assigns the user. */
  | 'sign-in'
  /** Signs in behind `regenerate()`, as many applications do. */
  | 'sign-in behind regenerate'
  /** Renews the session, if a person is signed in. */
  | 'renew'
  /** Calls `reauthenticated({ restart: true })`, if a person is signed in. */
  | 'reauthenticate'
  /** Signs out by `destroy()`. */
  | 'destroy'
  /** Signs out by deletion of the user. */
  | 'delete user'
  /** Changes the session; begins an anonymous one for a browser that has none. */
  | 'edit'
  /** Writes a message into the session, as a sign-in form does after a wrong password. */
  | 'wrong password'
  | 'page'
  /** A passive request. */
  | 'poll'
  /** A passive request that changes the session. */
  | 'poll that edits'

/** Sends a request, which is held inside its handler. */
export interface Send {
  readonly step: 'send'
  readonly act: Act
  readonly user: User
  /** The request saves by itself, and waits once more before it answers. */
  readonly saves: boolean
  /** The request is answered at once, and its answer arrives behind all others. */
  readonly through: boolean
}

export type Step =
  | Send
  /** Sends two requests in the same tick. */
  | { readonly step: 'send both', readonly acts: readonly [Act, Act], readonly user: User }
  /** Lets a held request go on: to its answer, or to its explicit save. `which`: its number, modulo. */
  | { readonly step: 'go on', readonly which: number }
  /** Lets two held requests go on in the same tick. */
  | { readonly step: 'go on both', readonly which: number }
  /** Brings an answer to the browser. Answers with a cookie line arrive in the order of their writes. */
  | { readonly step: 'arrive', readonly which: number }
  | { readonly step: 'ping' }
  /** Lets time pass. */
  | { readonly step: 'wait', readonly seconds: number }
  /** Ends all sessions of that user, as an administrator does. */
  | { readonly step: 'revoke', readonly user: User }

/** Signs ada in, and brings her the cookie. */
export const SIGN_IN: Send = { step: 'send', act: 'sign-in', user: 'ada', saves: false, through: true }

const user = fc.constantFrom<User>('ada', 'ada', 'bob')

const act = fc.constantFrom<Act>(
  'sign-in', 'sign-in', 'sign-in', 'sign-in behind regenerate', 'sign-in behind regenerate', 'renew', 'renew',
  'reauthenticate', 'destroy', 'destroy', 'delete user', 'edit', 'wrong password', 'page', 'poll', 'poll that edits'
)

const which = fc.nat(3)

/** True in one of four cases. It shrinks to `false`. */
const oneOfFour = fc.nat(3).map(n => n === 3)

const send: fc.Arbitrary<Step> = fc.record({
  step: fc.constant('send'), act, user, saves: oneOfFour, through: fc.boolean()
})

/**
 * Times below and above the Redis store's `freshFor` of 1 s.
 *
 * Others lie near the deadline of 10 s, and beyond it.
 */
const seconds = fc.constantFrom(0.4, 0.4, 1.5, 1.5, 4, 4, 7, 12)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: send },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('send both'), acts: fc.tuple(act, act), user }) },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('go on'), which }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('go on both'), which }) },
  { weight: 3, arbitrary: fc.record({ step: fc.constant('arrive'), which }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('ping') }) },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('wait'), seconds }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('revoke'), user }) }
)

/** Histories, most of which begin with a sign-in. Otherwise half of all steps would find nobody signed in. */
export const histories: fc.Arbitrary<Step[]> = fc
  .tuple(oneOfFour, fc.array(step, { minLength: 1, maxLength: 24, size: 'max' }))
  .map(([isAnonymous, steps]) => isAnonymous ? steps : [SIGN_IN, ...steps])
