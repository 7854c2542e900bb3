import type { EndReason } from '../core/policy.ts'

/**
 * The reason for which an attached connection is closed: that of its session's end. `none`: the store knows no such
 * session. `unavailable`: the store has not answered for `connections.outageGrace`.
 */
export type ConnectionEnd = EndReason | 'none' | 'unavailable'

/** The code that closes a WebSocket whose session is over. The reason goes along as text. */
const SESSION_ENDED_CODE = 4401

/** The code of RFC 6455 (IANA registry) for "try again later". */
const TRY_AGAIN_CODE = 1013

export function closeCodeOf (reason: ConnectionEnd): number {
  return reason === 'unavailable' ? TRY_AGAIN_CODE : SESSION_ENDED_CODE
}
