import { InvalidArgumentError } from 'commander'
import type { Handle } from '../store/handle.ts'
import { isHandle } from '../store/handle.ts'
import { LONGEST_USER_ID, isUserId } from '../option-checks.ts'

/** One handle in 64 begins with a dash, and would be taken for an option. On a Cluster none does. */
const DASHED_HANDLE = /^-[\w-]{42}$/

/** Puts such handles behind a `--`, unless they are an option's value, where no dash is in the way. */
export function guardHandles (args: readonly string[]): string[] {
  const isInTheWay = (arg: string, i: number): boolean => DASHED_HANDLE.test(arg) && args[i - 1] !== '--except'
  if (args.includes('--') || !args.some(isInTheWay)) return [...args]
  return [...args.filter((arg, i) => !isInTheWay(arg, i)), '--', ...args.filter(isInTheWay)]
}

export function toHandle (text: string): Handle {
  if (!isHandle(text)) throw new InvalidArgumentError('A handle has 43 letters, digits, - and _; on a Cluster 45. "list" shows them.')
  return text
}

/** For an option that may be given several times. */
export function toHandles (text: string, before: readonly Handle[] = []): Handle[] {
  return [...before, toHandle(text)]
}

export function toCount (text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return Number(text)
}

export function toName (text: string): string {
  if (!isUserId(text)) throw new InvalidArgumentError(`It must be a text of 1 to ${LONGEST_USER_ID} characters.`)
  return text
}
