import fc from 'fast-check'

export type User = 'ada' | 'bob'

export const USERS: readonly User[] = ['ada', 'bob']

/** What a request of the browser does. */
export type Act =
  /** A sign-in: assigns the user. */
  | 'sign-in'
  /** A sign-in behind `regenerate()`, as many applications have it. */
  | 'sign-in behind regenerate'
  /** Goes on under a new id, if somebody is signed in. */
  | 'renew'
  /** Says `reauthenticated({ restart: true })`, if somebody is signed in. */
  | 'reauthenticate'
  /** A log-out by `destroy()`. */
  | 'destroy'
  /** A log-out by deletion of the user. */
  | 'delete user'
  /** Changes the session; begins an anonymous one for a browser that has none. */
  | 'edit'
  /** Writes a message into the session, as a sign-in form does that was given a wrong password. */
  | 'wrong password'
  | 'page'
  /** A passive request. */
  | 'poll'
  /** A passive request that changes the session. */
  | 'poll that edits'

/** A request is sent, and held inside its handler. */
export interface Send {
  readonly step: 'send'
  readonly act: Act
  readonly user: User
  /** It saves by itself, and waits once more before it answers. */
  readonly saves: boolean
  /** It is answered at once, and the answer arrives: behind all others that are under way. */
  readonly through: boolean
}

export type Step =
  | Send
  /** Two requests are sent in the same tick. */
  | { readonly step: 'send both', readonly acts: readonly [Act, Act], readonly user: User }
  /** A held request goes on: up to its answer, or until behind its explicit save. `which`: of the held ones, modulo. */
  | { readonly step: 'go on', readonly which: number }
  /** Two held requests go on in the same tick. */
  | { readonly step: 'go on both', readonly which: number }
  /** An answer reaches the browser; of those with a cookie line always the one that was written first. */
  | { readonly step: 'arrive', readonly which: number }
  | { readonly step: 'ping' }
  /** Time passes. */
  | { readonly step: 'wait', readonly seconds: number }
  /** An administrator ends all sessions of that user. */
  | { readonly step: 'revoke', readonly user: User }

/** Ada signs in, and has her cookie. */
export const SIGN_IN: Send = { step: 'send', act: 'sign-in', user: 'ada', saves: false, through: true }

const user = fc.constantFrom<User>('ada', 'ada', 'bob')

const act = fc.constantFrom<Act>(
  'sign-in', 'sign-in', 'sign-in', 'sign-in behind regenerate', 'sign-in behind regenerate', 'renew', 'renew',
  'reauthenticate', 'destroy', 'destroy', 'delete user', 'edit', 'wrong password', 'page', 'poll', 'poll that edits'
)

const which = fc.nat(3)

/** Shrinks to `false`. */
const oneOfFour = fc.nat(3).map(n => n === 3)

const send: fc.Arbitrary<Step> = fc.record({
  step: fc.constant('send'), act, user, saves: oneOfFour, through: fc.boolean()
})

/** Below and above `freshFor` of the Redis store (1 s), close to the deadline of 10 s, and beyond it. */
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

/** Histories that begin with somebody signed in, most of them: otherwise half of all steps would happen to nobody. */
export const histories: fc.Arbitrary<Step[]> = fc
  .tuple(oneOfFour, fc.array(step, { minLength: 1, maxLength: 24, size: 'max' }))
  .map(([isAnonymous, steps]) => isAnonymous ? steps : [SIGN_IN, ...steps])
