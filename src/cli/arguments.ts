import { InvalidArgumentError } from 'commander'
import { LENGTH_ON_CLUSTER, isHandle } from '../store/handle.ts'
import { LONGEST_USER_ID, isUserId } from '../option-checks.ts'

/** Matches a handle that looks like an option: one in 64 begins with a dash. On a Cluster none does. */
const DASHED_HANDLE = /^-[\w-]{42}$/

/** The fewest characters of the beginning of a handle. */
const SHORTEST = 6

const BEGINNING = new RegExp(`^[\\w-]{${SHORTEST},${LENGTH_ON_CLUSTER - 1}}$`)

/** Matches the beginning of such a handle. With two dashes, it cannot be distinguished from an option. */
const DASHED_BEGINNING = new RegExp(`^-\\w[\\w-]{${SHORTEST - 2},40}$`)

/** The commands whose arguments are handles. */
const OF_HANDLES: readonly unknown[] = ['show', 'end']

/** The options without a value. */
const FLAGS: readonly unknown[] = ['--json', '--cluster']

/** Moves handles that look like options behind a `--`. The value of an option stays. */
export function guardHandles (args: readonly string[]): string[] {
  const looksLikeOption = (arg: string, i: number): boolean => {
    const before = args[i - 1]
    if (DASHED_HANDLE.test(arg)) return before !== '--except'
    const isValue = before?.startsWith('--') === true && !FLAGS.includes(before)
    return OF_HANDLES.includes(args[0]) && DASHED_BEGINNING.test(arg) && !isValue
  }
  if (args.includes('--') || !args.some(looksLikeOption)) return [...args]
  return [...args.filter((arg, i) => !looksLikeOption(arg, i)), '--', ...args.filter(looksLikeOption)]
}

/** Reads a handle or its beginning. */
export function toHandle (text: string): string {
  if (!isHandle(text) && !BEGINNING.test(text)) {
    const form = 'A handle has 43 characters, on a Cluster 45: letters, digits, - and _'
    throw new InvalidArgumentError(`${form}. Its first ${SHORTEST} are enough. "list" shows handles.`)
  }
  return text
}

/** Collects the handles of an argument or option that may be repeated. */
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
