import { LONGEST_USER_ID } from '../option-checks.ts'
import { BadInputError } from './errors.ts'
import type { Handle } from '../store/handle.ts'
import { isHandle } from '../store/handle.ts'

/*
 * Reads from an address or a form which list a page shows. Addresses and forms of the answer are built from this, never
 * from the text that came.
 */

const STATES = ['live', 'ended', 'all'] as const
const ORDERS = ['ends-last', 'ends-first', 'any'] as const
const MATCHES = ['whole', 'prefix'] as const

export interface SessionListing {
  readonly state: typeof STATES[number]
  /** `any`: the order of the store, in which no session is missed. */
  readonly order: typeof ORDERS[number]
  /** Lists only sessions of this user, or of users whose id begins with this text. */
  readonly user?: string
  readonly match: typeof MATCHES[number]
  readonly cursor?: string
}

export type TokenListing = Pick<SessionListing, 'user' | 'cursor'>

/** Limits the id of a token, as the store does. */
const LONGEST_ID = LONGEST_USER_ID
const LONGEST_CURSOR = 200
const LONGEST_SHOWN = 80

/** @throws {BadInputError} */
export function readSessionListing (from: URLSearchParams): SessionListing {
  const asked = { state: oneOf(from, 'state', STATES), order: oneOf(from, 'order', ORDERS) }
  const [match, which] = [oneOf(from, 'match', MATCHES), readTokenListing(from)]
  return { ...asked, match: which.user === undefined ? 'whole' : match, ...which }
}

/** @throws {BadInputError} */
export function readTokenListing (from: URLSearchParams): TokenListing {
  return {
    ...given('user', readText(from, 'user', LONGEST_USER_ID)),
    ...given('cursor', readText(from, 'cursor', LONGEST_CURSOR))
  }
}

/** @returns `undefined` for an empty text too: a form sends that for an empty field */
export function readText (from: URLSearchParams, name: string, longest: number = LONGEST_ID): string | undefined {
  const [text = '', ...others] = from.getAll(name)
  const expected = `a text of at most ${longest} characters, given once`
  if (others.length > 0 || text.length > longest) {
    throw new BadInputError(name, expected, shown(from.getAll(name).join(', ')))
  }
  return text === '' ? undefined : text
}

/** @throws {BadInputError} also when the field is absent */
export function readRequired (from: URLSearchParams, name: string): string {
  const text = readText(from, name)
  if (text === undefined) throw new BadInputError(name, `a text of 1 to ${LONGEST_ID} characters`, 'none')
  return text
}

/**
 * Reads the handles of a form, each once.
 *
 * @throws {BadInputError} for too many, and for a text that is no handle
 */
export function readHandles (from: URLSearchParams, most: number): readonly Handle[] {
  const texts = from.getAll('handle')
  const wrong = texts.find(text => !isHandle(text))
  if (wrong !== undefined) throw new BadInputError('handle', 'a handle', shown(wrong))
  const handles = [...new Set(texts)]
  if (handles.length > most) throw new BadInputError('handle', `at most ${most} handles`, `${handles.length} handles`)
  return handles
}

/** Returns the fields that lead to a list, for an address or a form. Defaults are left out. */
export function fieldsOf (listing: Partial<SessionListing>): Record<string, string> {
  const { state = 'live', order = 'ends-last', match = 'whole', user, cursor } = listing
  return {
    ...(state === 'live' ? {} : { state }),
    ...(order === 'ends-last' ? {} : { order }),
    ...given('user', user),
    ...(match === 'whole' || user === undefined ? {} : { match }),
    ...given('cursor', cursor)
  }
}

/** Reads one of the choices. Without the field, it is the first. */
function oneOf<Choice extends string> (
  from: URLSearchParams, name: string, choices: readonly [Choice, ...Choice[]]
): Choice {
  const text = readText(from, name)
  const [standard] = choices
  const choice = text === undefined ? standard : choices.find(choice => choice === text)
  if (choice === undefined) throw new BadInputError(name, `one of ${choices.join(', ')}`, shown(text))
  return choice
}

function given<Name extends string> (name: Name, text: string | undefined): Partial<Record<Name, string>> {
  return text === undefined ? {} : { [name]: text } as Record<Name, string>
}

function shown (text = ''): string {
  return JSON.stringify(text.slice(0, LONGEST_SHOWN))
}
