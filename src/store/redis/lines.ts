import type { Contents } from '../contents.ts'

/**
 * The contents of a session as lines: one with the key, behind a sign, and one with its JSON, which has no breaks of its own
 * and never begins with that sign. Each line has a break in front of it (lua/contents.lua edits them).
 */
const KEY_SIGN = '='

/** A key in one line. */
export function fieldOf (key: string): string {
  return /[%\n]/.test(key) ? key.replaceAll('%', '%25').replaceAll('\n', '%0A') : key
}

function keyOf (field: string): string {
  return field.includes('%') ? field.replaceAll('%0A', '\n').replaceAll('%25', '%') : field
}

export function toLines (contents: Contents): string {
  let lines = ''
  for (const [key, json] of Object.entries(contents)) lines += `\n${KEY_SIGN}${fieldOf(key)}\n${json}`
  return lines
}

/** Keys without their JSON. */
export function toKeyLines (keys: readonly string[]): string {
  return keys.map(key => `\n${KEY_SIGN}${fieldOf(key)}`).join('')
}

/** What the key of a session holds, taken apart. */
export interface Stored {
  readonly record: string
  readonly contents: Contents
}

export function readStored (text: string): Stored {
  const [record = '', ...lines] = text.split('\n')
  const entries: Array<[string, string]> = []
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [field = '', json = ''] = [lines[i], lines[i + 1]]
    if (field.startsWith(KEY_SIGN)) entries.push([keyOf(field.slice(1)), json])
  }
  // From entries: a key called __proto__ then is one like others, and refused like others.
  return { record, contents: Object.fromEntries(entries) }
}
