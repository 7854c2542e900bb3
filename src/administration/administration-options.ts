import type { EndReason } from '../core/policy.ts'
import { END_REASONS } from '../core/policy.ts'
import { check, checkText, refuseUnknown } from '../option-checks.ts'
import type { Handle } from '../store/handle.ts'
import type { EndedSession } from '../store/store.ts'

/** The answer of `health()`. */
export interface Health {
  /** Tells whether the store answers, and takes a write. */
  readonly healthy: boolean
  /** The words of a store that is not healthy. They are for the log, not for strangers: they may name hosts. */
  readonly why?: string
}

/** The options of a call that ends sessions. */
export interface EndOptions {
  /** The name of the person who ends it, for lists: at most 256 characters. Default none. */
  readonly by?: string | undefined
}

/** The options of `end()` and `endSessions()`. */
export interface EndSessionOptions extends EndOptions {
  /** The reason that the session ends for. Default `revoked`. */
  readonly reason?: EndReason | undefined
}

/** The options of `endUser()`. */
export interface EndUserOptions extends EndOptions {
  /** A session of this user that goes on, or at most 100, by their handles. Default none. */
  readonly except?: Handle | readonly Handle[] | undefined
  /** Tells whether the tokens of the user are revoked too. Default `false`. */
  readonly tokens?: boolean | undefined
}

/** The answer of `endUser()`. */
export interface EndedUser {
  /** The ends. */
  readonly ended: readonly EndedSession[]
  /** The number of revoked tokens. */
  readonly tokens: number
  /** The number of sessions that go on, because a later version keeps them. */
  readonly left: number
}

/** The largest number of sessions that one call ends by their handles. */
export const MOST_HANDLES = 1000

/** The largest number of sessions that one call spares. One script looks at all of them, in half a millisecond. */
const MOST_SPARED = 100

export function checkEnd (options: EndSessionOptions): { readonly reason: EndReason, readonly by: string | undefined } {
  checkOptions(options, ['reason', 'by'])
  const { reason = 'revoked', by } = options
  check('reason', reason, `one of ${END_REASONS.join(', ')}`, value => END_REASONS.includes(value as EndReason))
  return { reason, by }
}

/** Refuses options that are no object, unknown names, and an empty `by`. */
export function checkOptions (options: EndOptions, known: readonly string[]): void {
  refuseUnknown(options, known)
  if (options.by !== undefined) checkText('by', options.by)
}

/** Returns the handles of the sessions that a call spares. @throws {BadOptionError} */
export function handlesOf (except: EndUserOptions['except'] = []): readonly Handle[] {
  const handles = [except].flat()
  const few = `a handle, or at most ${MOST_SPARED}`
  check('except', handles, few, () => handles.length <= MOST_SPARED, () => `${handles.length} handles`)
  for (const handle of handles) checkHandle('except', handle)
  return handles
}

export function checkHandle (name: string, value: unknown): void {
  check(name, value, 'a handle', () => typeof value === 'string')
}
