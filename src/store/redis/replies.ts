/** The answer of a script, with the time by Redis' clock. */
export interface Reply {
  readonly nowUs: number
  readonly nowMs: number
  readonly rest: readonly unknown[]
}

/**
 * Reads the answer of a script.
 * @throws {Error} for any other answer
 */
export function readReply (reply: unknown): Reply {
  const [now, ...rest] = readWords(reply)
  const nowUs = Number(now)
  if (!(nowUs > 0)) throw otherAnswer(now)
  return { nowUs, nowMs: Math.floor(nowUs / 1000), rest }
}

/**
 * Reads the answer of a script that does not say the time.
 * @throws {Error} for any other answer
 */
export function readWords (reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw otherAnswer(reply)
  return reply
}

/**
 * Makes the error for an answer that no script gives. Such is QUEUED, in a MULTI of the application. The server did not
 * refuse the script: the breaker opens, and the connection is replaced.
 */
export function otherAnswer (answer: unknown): Error {
  return new Error(`Redis answered another command: ${String(answer).slice(0, 50)}`)
}

export function list (value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Returns the text of a record; `undefined` if there is none. */
export function text (value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value)
}

/** Whether a value is 1. A client with `stringNumbers` gives numbers as texts. */
export function isOne (value: unknown): boolean {
  return Number(value) === 1
}

/** Cuts a flat list into groups of so many. */
export function groups (value: unknown, size: number): string[][] {
  const words = list(value).map(String)
  return Array.from({ length: Math.floor(words.length / size) }, (_, i) => words.slice(i * size, (i + 1) * size))
}

/** The answer of load.lua for one session. */
export interface LoadedText {
  /** The stored text; `''` for none. */
  readonly text: string
  /** The last activity before the one that the load recorded; NaN if it recorded none. */
  readonly beforeMs: number
}

/**
 * Reads the answer of load.lua, session by session. `null` stands for a session that failed or was beyond the bound,
 * and may be tried again.
 */
export function readLoaded (reply: unknown): Reply {
  const { rest: [words, ...texts], ...times } = readReply(reply)
  const befores = String(words).split(' ')
  const read = (whole: unknown, i: number): LoadedText | null => {
    return whole === null || whole === undefined ? null : { text: String(whole), beforeMs: Number(befores[i]) }
  }
  return { ...times, rest: texts.map(read) }
}

/** Reads the answer of plain commands in the form of {@link readLoaded}. */
export function readPlain ([seconds, microseconds]: readonly unknown[], text: unknown): Reply {
  const nowUs = Number(seconds) * 1_000_000 + Number(microseconds)
  return { nowUs, nowMs: Math.floor(nowUs / 1000), rest: [{ text: String(text ?? ''), beforeMs: NaN }] }
}

/** The answer of watch.lua for one session. */
export interface WatchedText {
  /** The record; `''` for none. */
  readonly text: string
  /** The beginning of the channel of each family. */
  readonly channels: string
}

/**
 * Reads the answer of watch.lua, session by session. `null` stands for a session that failed or was beyond the bound,
 * and may be tried again.
 */
export function readWatched (reply: unknown): Reply {
  const { rest: [channels, ...texts], ...times } = readReply(reply)
  const read = (text: unknown): WatchedText | null => {
    return text === null || text === undefined ? null : { text: String(text), channels: String(channels) }
  }
  return { ...times, rest: texts.map(read) }
}

/**
 * Reads the answer of record-activity.lua, session by session. A word is the last activity before. A list holds the
 * record of a session without one, `''` stands for no session, and `null` for one that failed.
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
