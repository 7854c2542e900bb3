import type { NewToken, TokenRecord } from '../token-store.ts'
import { fromWord, toWord } from './words.ts'

/**
 * The record of a token, as words with one space between them, of which the first is the version:
 *
 *     1 active|revoked <trackedAtMs> <expiresAtMs> <revokedAtMs | -> <who revoked it | -> <id> <user | -> <note | ->
 */
export function encodeToken (
  { id, user, note }: Omit<NewToken, 'expiresAtMs'>
): [id: string, user: string, note: string] {
  return [toWord(id), toWord(user), toWord(note)]
}

/** @returns `null` for what is no record of a token that this version knows. */
export function decodeToken (text: string): TokenRecord | null {
  const [version, state, ...words] = text.split(' ')
  const [trackedAtMs, expiresAtMs] = words.slice(0, 2).map(word => /^\d{1,14}$/.test(word) ? Number(word) : NaN)
  const [revokedBy, id, user, note] = words.slice(3, 7).map(fromWord)
  if (version !== '1' || (state !== 'active' && state !== 'revoked')) return null
  if (id == null || user === null || note === null || revokedBy === null) return null
  if (trackedAtMs === undefined || expiresAtMs === undefined || !(trackedAtMs + expiresAtMs > 0)) return null
  return {
    id,
    state,
    ...(user === undefined ? {} : { user }),
    ...(note === undefined ? {} : { note }),
    trackedAtMs,
    expiresAtMs,
    ...(state === 'active' ? {} : { revokedAtMs: Number(words[2]) }),
    ...(revokedBy === undefined ? {} : { revokedBy })
  }
}
