/** An error that the server answered, as ioredis names it. */
class ReplyError extends Error {
  override readonly name = 'ReplyError'
}

/**
 * Returns an error of node-redis as ioredis names it. An answer of the server begins with a word in capitals: `NOSCRIPT
 * No matching script.` No other error of node-redis does.
 */
export function named (error: unknown): unknown {
  const isReply = error instanceof Error && /^[A-Z][A-Z0-9]+(?: |$)/.test(error.message)
  return isReply ? new ReplyError(error.message) : error
}
