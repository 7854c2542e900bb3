/** Texts as words of a record: no space in them, and `-` for none. */

const NONE = '-'

/** What is no Unicode becomes �, as everywhere that text is stored. */
export function toWord (text: string | undefined): string {
  if (text === undefined) return NONE
  const word = encodeURIComponent(Buffer.from(text).toString())
  return word === NONE ? '%2D' : word
}

/** @returns `undefined` for none; `null` for what is no word of ours. */
export function fromWord (word: string | undefined): string | undefined | null {
  if (word === undefined || word === '') return null
  try {
    if (word === NONE) return undefined
    return word.includes('%') ? decodeURIComponent(word) : word
  } catch {
    return null
  }
}
