import type { RedisClient } from './redis-client.ts'
import type { Reply } from './replies.ts'
import { readPlain } from './replies.ts'

/**
 * Reads one session by plain commands in one round trip. A script costs Redis more.
 * @returns null for a key that a script has to read: of a renewed session, of another type, or on another node
 */
export async function readAlone (client: RedisClient, key: string): Promise<Reply | null> {
  const replies = await client.pipeline?.([['time'], ['get', key]]).exec() ?? []
  const [[timeError, time] = [null, null], [error, text] = [null, null]] = replies
  if (error !== null && /^(?:WRONGTYPE|MOVED|ASK|TRYAGAIN)\b/.test(error.message)) return null
  if (error !== null || timeError !== null) throw error ?? timeError ?? new Error('no answer')
  if (!Array.isArray(time) || text === '' || String(text).startsWith('1 renewed ')) return null
  return readPlain(time, text)
}
