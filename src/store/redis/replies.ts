import { StoreUnavailableError } from '../../errors.ts'

/** A script answers so: with the time by Redis' clock first, in microseconds. */
export interface Reply {
  readonly nowUs: number
  readonly nowMs: number
  readonly rest: readonly unknown[]
}

/** @throws {StoreUnavailableError} for what no script answers, such as QUEUED in a MULTI of the application's */
export function readReply (reply: unknown): Reply {
  if (!Array.isArray(reply)) throw new StoreUnavailableError('an answer that is none of a script')
  const [now, ...rest]: unknown[] = reply
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

/** What load.lua answers for one session. */
export interface LoadedText {
  /** What its key holds; `''` for nothing. */
  readonly text: string
  /** The last activity before the one that the load recorded; NaN if it recorded none. */
  readonly beforeMs: number
}

/** What load.lua answers, session by session: `null` for one that failed, or that was too much, and may be tried again. */
export function readLoaded (reply: unknown): Reply {
  const { rest: [words, ...texts], ...times } = readReply(reply)
  const befores = String(words).split(' ')
  const read = (whole: unknown, i: number): LoadedText | null => {
    return whole === null || whole === undefined ? null : { text: String(whole), beforeMs: Number(befores[i]) }
  }
  return { ...times, rest: texts.map(read) }
}

/** The same of one session that plain commands have read. */
export function readPlain ([seconds, microseconds]: readonly unknown[], text: unknown): Reply {
  const nowUs = Number(seconds) * 1_000_000 + Number(microseconds)
  return { nowUs, nowMs: Math.floor(nowUs / 1000), rest: [{ text: String(text ?? ''), beforeMs: NaN }] }
}

/** What watch.lua answers for one session. */
export interface WatchedText {
  /** The record; `''` for none. */
  readonly text: string
  /** What the channel of each family begins with. */
  readonly channels: string
}

/** What watch.lua answers, session by session: `null` for one that failed, or that was too much, and may be tried again. */
export function readWatched (reply: unknown): Reply {
  const { rest: [channels, ...texts], ...times } = readReply(reply)
  const read = (text: unknown): WatchedText | null => {
    return text === null || text === undefined ? null : { text: String(text), channels: String(channels) }
  }
  return { ...times, rest: texts.map(read) }
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
