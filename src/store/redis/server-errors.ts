/** What a server answers that can do nothing, or write nothing, for anybody. */
const OUTAGE = pattern('READONLY|MISCONF|NOREPLICAS|LOADING|MASTERDOWN|CLUSTERDOWN|BUSY|NOAUTH|WRONGPASS|DENIED')

/** Time alone ends these: the server is the right one, and loads its data, or runs a script of somebody else's. */
const PASSING = pattern('LOADING|BUSY')

/** A script over keys of which a slot on its way has moved some. Others of that shard can be run. */
const UNDER_WAY = pattern('TRYAGAIN')

/** It has no code of its own. */
const FULL_HOUSE = /^ERR max number of clients/

/**
 * A code stands at the front; behind `ERR`, where a script raised the error again; behind the place in the script in
 * Redis 6.2 (`ERR Error running script (call to f_…): @user_script:1: @user_script: 1: -READONLY You can't write …`);
 * and behind the words of a client that gave up following a Cluster (`… Last error: ReplyError: CLUSTERDOWN …`).
 */
function pattern (codes: string): RegExp {
  return new RegExp(`(?:^|^ERR |: )-?(?:${codes}) `)
}

export type Verdict =
  /** The server can serve nobody at the moment. `isPassing`: another connection would not help. */
  | { readonly kind: 'outage', readonly isPassing: boolean }
  /** The server refuses this command, and may do others. */
  | { readonly kind: 'refusal' }
  /** It is no answer of a server: the connection was lost, or the client gave up. */
  | { readonly kind: 'silence' }

export function judgeError (error: unknown): Verdict {
  const text = error instanceof Error ? error.message : ''
  if (OUTAGE.test(text) || FULL_HOUSE.test(text)) return { kind: 'outage', isPassing: PASSING.test(text) }
  const isAnswer = error instanceof Error && (error.name === 'ReplyError' || UNDER_WAY.test(text))
  return { kind: isAnswer ? 'refusal' : 'silence' }
}

/** Only the message of a client's error is handed on: the error itself carries the command with all it says. */
export function textOf (error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown'
}
