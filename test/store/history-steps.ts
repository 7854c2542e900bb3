import fc from 'fast-check'
import type { Terms } from '../../src/core/terms.ts'
import type { SessionLimit } from '../../src/store/store.ts'

export type User = 'ada' | 'bob' | 'eve'

export const USERS: readonly User[] = ['ada', 'bob', 'eve']

/** The timeouts of authenticated sessions: a few steps reach either deadline. */
export const SIGNED_IN: Terms = { isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: 16 }

/** A session of this history, alive or not, counted back from the latest one. */
type Which = number

/** A sign-in, or an anonymous session. */
export interface BeginCall {
  readonly act: 'begin'
  readonly user: User | null
  /** In whose place it begins. */
  readonly instead: Which | null
  /** Its request arrived so many steps ago. */
  readonly since: number
  /** Counts where the history has none for all. */
  readonly limit: SessionLimit | null
}

export interface RenewCall {
  readonly act: 'renew'
  readonly which: Which
  /** `passive`: it is no activity. `anew`: the person proved who they are once more. */
  readonly how: 'active' | 'passive' | 'anew'
  readonly since: number
  readonly limit: SessionLimit | null
}

/** One call of a store. */
export type Call =
  | BeginCall
  | RenewCall
  | { readonly act: 'end', readonly which: Which, readonly reason: 'logout' | 'revoked' }
  | { readonly act: 'endUser', readonly user: User }
  /** Ends the other sessions of a user, in the name of one or none. */
  | { readonly act: 'endOthers', readonly which: Which, readonly isCaller: boolean }
  | { readonly act: 'edit' | 'record', readonly which: Which }
  | { readonly act: 'load', readonly which: Which, readonly throttleMs: number }
  | { readonly act: 'sweep' }

/** Calls of two nodes at the same time; then time passes. */
export interface Step {
  readonly calls: ReadonlyArray<Call & { readonly node: number }>
  /** Whether the ends that were answered are acknowledged: a node that dies acknowledges nothing. */
  readonly tells: boolean
  readonly seconds: number
}

export interface History {
  /** The limit of every sign-in; `null`: each has its own, or none. */
  readonly limit: SessionLimit | null
  readonly steps: readonly Step[]
}

/** Most often one of the latest, so that something is alive there. */
const which = fc.oneof({ weight: 3, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(9) })
const user = fc.constantFrom<User>('ada', 'ada', 'ada', 'bob', 'eve')
const since = fc.constantFrom(0, 0, 0, 1, 2, 4)
const limit: fc.Arbitrary<SessionLimit> = fc.record({
  max: fc.integer({ min: 1, max: 3 }),
  whenFull: fc.constantFrom<SessionLimit['whenFull']>('displace', 'refuse')
})
const node = fc.nat(1)
const maybeLimit = fc.option(limit)

const visitorOr = fc.oneof({ weight: 4, arbitrary: user }, { weight: 1, arbitrary: fc.constant(null) })

function act<T extends Call['act']> (name: T): fc.Arbitrary<T> {
  return fc.constant(name)
}

const begin = fc.record({
  act: act('begin'), user: visitorOr, instead: fc.option(which, { freq: 2 }), since, limit: maybeLimit, node
})
const how = fc.constantFrom<RenewCall['how']>('active', 'passive', 'anew')
const renew = fc.record({ act: act('renew'), which, how, since, limit: maybeLimit, node })
const reason = fc.constantFrom<'logout' | 'revoked'>('logout', 'revoked')
const end = fc.record({ act: act('end'), which, reason, node })
const endUser = fc.record({ act: act('endUser'), user, node })
const endOthers = fc.record({ act: act('endOthers'), which, isCaller: fc.boolean(), node })
const edit = fc.record({ act: act('edit'), which, node })
const load = fc.record({ act: act('load'), which, throttleMs: fc.constantFrom(0, 5000), node })
const record = fc.record({ act: act('record'), which, node })
const sweep = fc.record({ act: act('sweep'), node })

const call: fc.Arbitrary<Step['calls'][number]> = fc.oneof(
  { weight: 6, arbitrary: begin }, { weight: 6, arbitrary: renew }, { weight: 3, arbitrary: end },
  { weight: 1, arbitrary: endUser }, { weight: 2, arbitrary: endOthers }, { weight: 1, arbitrary: edit },
  { weight: 2, arbitrary: load }, { weight: 1, arbitrary: record }, { weight: 1, arbitrary: sweep }
)

const renewals = fc.array(renew, { minLength: 2, maxLength: 3 })

/** The calls that are most often under way at once, and go wrong most easily. */
const together = fc.oneof(
  { weight: 1, arbitrary: fc.tuple(which, renewals).map(([which, calls]) => calls.map(call => ({ ...call, which }))) },
  { weight: 1, arbitrary: fc.tuple(fc.oneof(renew, begin), fc.oneof(endUser, endOthers, end)) },
  { weight: 1, arbitrary: fc.array(call, { minLength: 2, maxLength: 3 }) }
)

/** Times within and past the idle timeout, the lease, and the life of a revocation. */
const seconds = fc.oneof(
  { weight: 16, arbitrary: fc.constant(0) }, { weight: 6, arbitrary: fc.constantFrom(1, 4, 7) },
  { weight: 1, arbitrary: fc.constantFrom(11, 61, 601) }
)

const step: fc.Arbitrary<Step> = fc.record({
  calls: fc.oneof({ weight: 3, arbitrary: call.map(one => [one]) }, { weight: 1, arbitrary: together }),
  tells: fc.boolean(),
  seconds
})

export const histories: fc.Arbitrary<History> = fc.record({
  limit: maybeLimit, steps: fc.array(step, { minLength: 1, maxLength: 25, size: 'max' })
})
