/** The codes of a server that can serve, or write for, nobody. */
const OUTAGE = pattern('READONLY|MISCONF|NOREPLICAS|LOADING|MASTERDOWN|CLUSTERDOWN|BUSY|NOAUTH|WRONGPASS|DENIED')

/**
 * The codes that time alone ends. The server is the right one, and loads its data, or runs a script of another client.
 */
const PASSING = pattern('LOADING|BUSY')

/** The code of a script whose slot migrates with some of its keys. Other scripts of that shard can run. */
const UNDER_WAY = pattern('TRYAGAIN')

/** The text of an error without a code. */
const FULL_HOUSE = /^ERR max number of clients/

/**
 * Makes a pattern for codes. A code stands at the front; behind `ERR` if a script raised the error again; behind the
 * position in the script in Redis 6.2 (`ERR Error running script (call to f_…): @user_script:1: @user_script: 1:
 * -READONLY You can't write …`); and behind the words of a client that gave up following a Cluster (`… Last error:
 * ReplyError: CLUSTERDOWN …`).
 */
function pattern (codes: string): RegExp {
  return new RegExp(`(?:^|^ERR |: )-?(?:${codes}) `)
}

export type Verdict =
  /** The server can serve nobody at the moment. `isPassing`: another connection would not help. */
  | { readonly kind: 'outage', readonly isPassing: boolean }
  /** The server refuses this command, and may do others. */
  | { readonly kind: 'refusal' }
  /** The error is no answer: the connection was lost, or the client gave up. */
  | { readonly kind: 'silence' }

export function judgeError (error: unknown): Verdict {
  const text = error instanceof Error ? error.message : ''
  if (OUTAGE.test(text) || FULL_HOUSE.test(text)) return { kind: 'outage', isPassing: PASSING.test(text) }
  const isAnswer = error instanceof Error && (error.name === 'ReplyError' || UNDER_WAY.test(text))
  return { kind: isAnswer ? 'refusal' : 'silence' }
}

/** Returns the message of a client's error. The error itself carries the command with all its arguments (G9). */
export function textOf (error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown'
}
