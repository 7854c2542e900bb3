import type { Contents } from '../contents.ts'
import { fromStoredKey, toStoredKey } from '../contents.ts'

/**
 * The character in front of a key. The contents are lines: for each key one with this character and the key, and one
 * with its JSON, which has no line breaks and never begins with the character. Each line has a break in front of it
 * (lua/contents.lua edits them).
 */
const KEY_SIGN = '='

export function toLines (contents: Contents): string {
  let lines = ''
  for (const [key, json] of Object.entries(contents)) lines += `\n${KEY_SIGN}${toStoredKey(key)}\n${json}`
  return lines
}

/** Encodes keys without their JSON. */
export function toKeyLines (keys: readonly string[]): string {
  return keys.map(key => `\n${KEY_SIGN}${toStoredKey(key)}`).join('')
}

/** The parts of the stored text of a session. */
export interface Stored {
  readonly record: string
  readonly contents: Contents
}

export function readStored (text: string): Stored {
  const [record = '', ...lines] = text.split('\n')
  const entries: Array<[string, string]> = []
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [field = '', json = ''] = [lines[i], lines[i + 1]]
    if (field.startsWith(KEY_SIGN)) entries.push([fromStoredKey(field.slice(1)), json])
  }
  // From entries: a key called __proto__ then is one like others, and refused like others.
  return { record, contents: Object.fromEntries(entries) }
}
