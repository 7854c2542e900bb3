import type { SessionRecord } from '../core/record.ts'
import type { Contents } from './contents.ts'
import type { Device, Fate, LiveFate, Loaded } from './store.ts'

/** Written out, as all that each request makes: to spread one object over another takes V8 a microsecond or two. */
export function liveFate (
  record: SessionRecord, user: string | undefined, device: Device | undefined, nowMs: number
): LiveFate {
  return device === undefined ? { state: 'live', record, user, nowMs } : { state: 'live', record, user, device, nowMs }
}

/** Likewise. */
export function loadedFrom (
  contents: Contents, activityBeforeMs: number, { record, user, device, nowMs }: LiveFate
): Loaded {
  return device === undefined
    ? { state: 'live', contents, activityBeforeMs, record, user, nowMs }
    : { state: 'live', contents, activityBeforeMs, record, user, device, nowMs }
}

/** The user of a session, alive or ended. */
export function userOf (fate: Fate): string | undefined {
  if (fate.state === 'live') return fate.user
  return fate.state === 'ended' ? fate.ended.user : undefined
}
