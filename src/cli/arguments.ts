import { InvalidArgumentError } from 'commander'
import { LENGTH_ON_CLUSTER, isHandle } from '../store/handle.ts'
import { LONGEST_USER_ID, isUserId } from '../option-checks.ts'

/** One handle in 64 begins with a dash, and would be taken for an option. On a Cluster none does. */
const DASHED_HANDLE = /^-[\w-]{42}$/

/** Characters of a handle that tell it from the others, of as many as most have. */
const SHORTEST = 6

const BEGINNING = new RegExp(`^[\\w-]{${SHORTEST},${LENGTH_ON_CLUSTER - 1}}$`)

/** The same of a beginning. With two dashes, nobody could tell it from an option. */
const DASHED_BEGINNING = new RegExp(`^-\\w[\\w-]{${SHORTEST - 2},40}$`)

/** What takes handles. */
const OF_HANDLES: readonly unknown[] = ['show', 'end']

/** Options that have no value behind them. */
const FLAGS: readonly unknown[] = ['--json', '--cluster']

/** Puts such handles behind a `--`, unless they are an option's value, where no dash is in the way. */
export function guardHandles (args: readonly string[]): string[] {
  const isInTheWay = (arg: string, i: number): boolean => {
    const before = args[i - 1]
    if (DASHED_HANDLE.test(arg)) return before !== '--except'
    const isValue = before?.startsWith('--') === true && !FLAGS.includes(before)
    return OF_HANDLES.includes(args[0]) && DASHED_BEGINNING.test(arg) && !isValue
  }
  if (args.includes('--') || !args.some(isInTheWay)) return [...args]
  return [...args.filter((arg, i) => !isInTheWay(arg, i)), '--', ...args.filter(isInTheWay)]
}

/** A whole handle, or its beginning: {@link SHORTEST} characters at least. */
export function toHandle (text: string): string {
  if (!isHandle(text) && !BEGINNING.test(text)) {
    const form = 'A handle has 43 letters, digits, - and _; on a Cluster 45'
    throw new InvalidArgumentError(`${form}; its first ${SHORTEST} will do. "list" shows them.`)
  }
  return text
}

/** For what may be given several times. */
export function toHandles (text: string, before: readonly string[] = []): string[] {
  return [...before, toHandle(text)]
}

export function toCount (text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 to 999,999,999.')
  return Number(text)
}

export function toName (text: string): string {
  if (!isUserId(text)) throw new InvalidArgumentError(`It must be a text of 1 to ${LONGEST_USER_ID} characters.`)
  return text
}
