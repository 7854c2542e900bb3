import type { NewToken, TokenRecord } from '../token-store.ts'
import { fromWord, toWord } from './words.ts'

/**
 * Encodes the words of a token's record that come from the application. The record has one space between its words, and
 * begins with the version:
 *
 *     1 active|revoked <trackedAtMs> <expiresAtMs> <revokedAtMs | -> <who revoked it | -> <id> <user | -> <note | ->
 */
export function encodeToken (
  { id, user, note }: Omit<NewToken, 'expiresAtMs'>
): [id: string, user: string, note: string] {
  return [toWord(id), toWord(user), toWord(note)]
}

/** The form of a record, as token.lua reads it. A token that is active here can be revoked. */
const RECORD = /^1 (active|revoked) (\d{1,14}) (\d{1,14}) ([\d-]{1,14}) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+)$/

/**
 * Decodes the record of a token.
 * @returns `null` if this version does not know the form
 */
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
