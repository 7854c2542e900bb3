import type { Contents } from '../contents.ts'
import { RECORD_FIELD } from './record-text.ts'
import { fromWord, toWord } from './words.ts'

/** What the field of a key begins with that has a line break. */
const BROKEN = `${RECORD_FIELD}:`

/**
 * The field that names the root of a session's family (lua/family.lua). Only renewals have one. No key of an application
 * becomes this field: fieldOf() says why.
 */
const ROOT_FIELD = `${RECORD_FIELD}<`

/** A script answers so: with the time by Redis' clock first, in microseconds. */
export interface Reply {
  readonly nowUs: number
  readonly nowMs: number
  readonly rest: readonly unknown[]
}

export function readReply (reply: unknown): Reply {
  const [now, ...rest] = list(reply)
  const nowUs = Number(now)
  return { nowUs, nowMs: Math.floor(nowUs / 1000), rest }
}

export function list (value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The text of a record; `undefined` when there is none. */
export function text (value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}

/** A client with `stringNumbers` gives numbers as texts. */
export function isOne (value: unknown): boolean {
  return Number(value) === 1
}

/** What stands in a flat list in groups of so many. */
export function groups (value: unknown, size: number): string[][] {
  const words = list(value).map(String)
  return Array.from({ length: Math.floor(words.length / size) }, (_, i) => words.slice(i * size, (i + 1) * size))
}

/** A session's own key as a field, which stands in one line: one that looks like the record's gets a sign more. */
export function fieldOf (key: string): string {
  if (key.includes('\n')) return BROKEN + toWord(key)
  return key.startsWith(RECORD_FIELD) ? RECORD_FIELD + key : key
}

function keyOf (field: string): string {
  if (!field.startsWith(RECORD_FIELD)) return field
  return field.startsWith(BROKEN) ? fromWord(field.slice(BROKEN.length)) ?? field : field.slice(RECORD_FIELD.length)
}

/** Fields and values, alternating. */
export function flatten (contents: Contents): string[] {
  return Object.entries(contents).flatMap(([key, value]) => [fieldOf(key), value])
}

/** What a session's key holds, as load.lua answers it. */
export interface Unflattened {
  readonly record: string | undefined
  readonly contents: Contents
  /** The last activity before the one that the load recorded. */
  readonly beforeMs: number | undefined
}

/** What load.lua answers for a session. JSON has no line breaks of its own. */
export function unflatten (answer: unknown): Unflattened {
  const words = Array.isArray(answer) ? answer.map(String) : String(answer).split('\n')
  const entries: Array<[string, string]> = []
  let record: string | undefined
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [field = '', value = ''] = [words[i], words[i + 1]]
    if (field === RECORD_FIELD) record = value
    else if (field !== ROOT_FIELD) entries.push([keyOf(field), value])
  }
  const last = words.length % 2 === 1 ? Number(words.at(-1)) : NaN
  // From entries: a field called __proto__ then is one like others, and refused like others.
  return { record, contents: Object.fromEntries(entries), beforeMs: Number.isNaN(last) ? undefined : last }
}

/**
 * What record-activity.lua answers, session by session: what was before, or the record in a list; `''` for none, `null`
 * for one that failed.
 */
export function readRecorded (reply: unknown): Reply {
  const { rest: [words, ...records], ...times } = readReply(reply)
  const others = records.values()
  const read = (word: string): unknown => {
    if (word === '?') return [others.next().value]
    return word === '!' ? null : word === '-' ? '' : word
  }
  return { ...times, rest: String(words).split(' ').map(read) }
}
