/** Encodes texts as words of a record: without spaces, and `-` for none. */

const NONE = '-'

/** Encodes a text. Text that is no Unicode becomes �, as everywhere that text is stored. */
export function toWord (text: string | undefined): string {
  if (text === undefined) return NONE
  const word = encodeURIComponent(Buffer.from(text).toString())
  return word === NONE ? '%2D' : word
}

/**
 * Decodes a word.
 * @returns `undefined` for none; `null` if it is no word
 */
export function fromWord (word: string | undefined): string | undefined | null {
  if (word === undefined || word === '') return null
  try {
    if (word === NONE) return undefined
    return word.includes('%') ? decodeURIComponent(word) : word
  } catch {
    return null
  }
}
