import type { TokenRecord } from '../store/token-store.ts'
import type { Cells } from './table.ts'
import { exactly, relative } from './times.ts'

/** Returns the row of a token in a list. */
export function tokenCells ({ id, user, note, state, expiresAtMs }: TokenRecord, nowMs: number): Cells {
  return { id, user, note, state, expires: relative(expiresAtMs, nowMs) }
}

/** Returns all that is known of a token. */
export function tokenCard (
  { id, user, note, state, trackedAtMs, expiresAtMs, revokedAtMs, revokedBy }: TokenRecord, nowMs: number
): Cells {
  return {
    id,
    state,
    user,
    note,
    tracked: exactly(trackedAtMs, nowMs),
    expires: exactly(expiresAtMs, nowMs),
    revoked: revokedAtMs === undefined ? undefined : exactly(revokedAtMs, nowMs),
    'revoked by': revokedBy
  }
}
