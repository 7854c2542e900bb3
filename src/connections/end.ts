import type { EndReason } from '../core/policy.ts'

/**
 * Why a connection is closed: its session ended, for that reason; `none`: there is no session, or it is forgotten;
 * `unavailable`: nobody could tell for too long.
 */
export type ConnectionEnd = EndReason | 'none' | 'unavailable'

/** The code by which a WebSocket is closed whose session is over. The reason goes along as text. */
const SESSION_ENDED_CODE = 4401

/** RFC 6455 (IANA registry): try again later. */
const TRY_AGAIN_CODE = 1013

export function closeCodeOf (reason: ConnectionEnd): number {
  return reason === 'unavailable' ? TRY_AGAIN_CODE : SESSION_ENDED_CODE
}
