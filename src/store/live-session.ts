import type { SessionRecord } from '../core/record.ts'
import type { Contents } from './contents.ts'
import type { Device, LiveSession } from '../core/session.ts'
import type { FoundSession, Loaded } from './session.ts'

/** Makes a live session. Every request makes one, and spreading an object costs V8 a microsecond or two. */
export function liveSession (
  record: SessionRecord, user: string | undefined, device: Device | undefined, nowMs: number
): LiveSession {
  return device === undefined ? { state: 'live', record, user, nowMs } : { state: 'live', record, user, device, nowMs }
}

/** Makes the answer to a load, written out for the same reason. */
export function loadedFrom (
  contents: Contents, activityBeforeMs: number, { record, user, device, nowMs }: LiveSession
): Loaded {
  return device === undefined
    ? { state: 'live', contents, activityBeforeMs, record, user, nowMs }
    : { state: 'live', contents, activityBeforeMs, record, user, device, nowMs }
}

/** Returns the user of a live or ended session. */
export function userOf (session: FoundSession): string | undefined {
  if (session.state === 'live') return session.user
  return session.state === 'ended' ? session.ended.user : undefined
}
