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

/** As token.lua reads it: a token that this says is active can be revoked. */
const RECORD = /^1 (active|revoked) (\d{1,14}) (\d{1,14}) ([\d-]{1,14}) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+)$/

/** @returns `null` for what is no record of a token that this version knows. */
export function decodeToken (text: string): TokenRecord | null {
  const [, state, trackedAtMs, expiresAtMs, revokedAtMs, ...words] = RECORD.exec(text) ?? []
  const [revokedBy, id, user, note] = words.map(fromWord)
  if ((state !== 'active' && state !== 'revoked') ||
    id == null || user === null || note === null || revokedBy === null) return null
  return {
    id,
    state,
    ...(user === undefined ? {} : { user }),
    ...(note === undefined ? {} : { note }),
    trackedAtMs: Number(trackedAtMs),
    expiresAtMs: Number(expiresAtMs),
    ...(state === 'active' ? {} : { revokedAtMs: Number(revokedAtMs) }),
    ...(revokedBy === undefined ? {} : { revokedBy })
  }
}
