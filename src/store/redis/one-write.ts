import type { RedisClient } from './redis-client.ts'

/**
 * Lets all commands of one turn of the event loop go out in one write. Each write wakes Redis up, and costs more than
 * all that is done here about a command: at a hundred requests at a time it saves a fifth of the server's CPU time.
 * (`enableAutoPipelining` of ioredis does the same to one `GET` after another, but costs more than it saves.)
 */
export function inOneWrite ({ stream }: RedisClient): void {
  if (stream === undefined || stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}
