import type { SessionRecord } from '../core/record.ts'
import type { Contents } from './contents.ts'
import type { Device, FoundSession, LiveSession, Loaded } from './store.ts'

/** Written out, as all that each request makes: to spread one object over another takes V8 a microsecond or two. */
export function liveSession (
  record: SessionRecord, user: string | undefined, device: Device | undefined, nowMs: number
): LiveSession {
  return device === undefined ? { state: 'live', record, user, nowMs } : { state: 'live', record, user, device, nowMs }
}

/** Likewise. */
export function loadedFrom (
  contents: Contents, activityBeforeMs: number, { record, user, device, nowMs }: LiveSession
): Loaded {
  return device === undefined
    ? { state: 'live', contents, activityBeforeMs, record, user, nowMs }
    : { state: 'live', contents, activityBeforeMs, record, user, device, nowMs }
}

/** The user of a session, alive or ended. */
export function userOf (session: FoundSession): string | undefined {
  if (session.state === 'live') return session.user
  return session.state === 'ended' ? session.ended.user : undefined
}
