import { decodeRecord, encodeRecord } from '../../core/record.ts'
import { isUserId } from '../../option-checks.ts'
import type { Device, SessionData } from '../../core/session.ts'
import { LONGEST_DEVICE } from '../limits.ts'

/** The data that a store of another package keeps of a session for this package. */
export interface ForeignMetadata extends SessionData {
  /** Whether the age in the stored cookie was set for this session alone (`session.cookie.maxAge`). */
  readonly hasOwnAge: boolean
  /** The moment of the sign-in that stands beside that age in the contents. */
  readonly since?: number
}

/** @returns the value for RECORD_KEY: plain data, which {@link decodeMetadata} reads */
export function encodeMetadata ({ record, user, device, hasOwnAge, since }: ForeignMetadata): Record<string, unknown> {
  return {
    ...encodeRecord(record),
    ...(record.isAuthenticated ? {} : { anonymous: true }),
    ...(user === undefined ? {} : { user }),
    ...(device === undefined ? {} : { device }),
    ...(hasOwnAge ? { ownAge: true } : {}),
    ...(since === undefined ? {} : { since })
  }
}

/**
 * Reads what {@link encodeMetadata} wrote. Stored values are not trusted: another version, another program or a broken
 * write may have left anything there.
 *
 * @returns null for what is no stamp
 */
export function decodeMetadata (value: unknown): ForeignMetadata | null {
  const record = decodeRecord(value)
  if (record === null) return null
  const { anonymous, user, device, ownAge, since } = value as Record<string, unknown>
  if (!isFlag(anonymous) || !isFlag(ownAge)) return null
  if (user !== undefined && !(typeof user === 'string' && isUserId(user))) return null
  if (device !== undefined && !isDevice(device)) return null
  return {
    record: { ...record, isAuthenticated: anonymous !== true },
    user,
    ...(device === undefined ? {} : { device: { ...device } }),
    hasOwnAge: ownAge === true,
    ...(Number.isSafeInteger(since) ? { since: Number(since) } : {})
  }
}

function isFlag (value: unknown): boolean {
  return value === undefined || value === true
}

function isDevice (value: unknown): value is Device {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).every(([key, text]) => {
    return (key === 'address' || key === 'userAgent') && typeof text === 'string' && text.length <= LONGEST_DEVICE
  })
}
