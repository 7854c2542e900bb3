import { viewOf } from '../core/view.ts'
import type { SessionSecurityChannels } from '../diagnostics.ts'
import { isHeard, publish, whose } from '../diagnostics.ts'
import type { Touched } from '../store/store.ts'
import type { CallerSession } from './caller-session.ts'

type By = SessionSecurityChannels['fastify-session-security:activity']['by']

/**
 * Has an activity written, and publishes it when somebody listens. What was before is for the store to say: a page that comes back to life
 * sends several requests at once, on several nodes, and only one of them takes the session out of its warning.
 */
export async function tellActivity (caller: CallerSession, by: By, write: () => Promise<Touched>): Promise<void> {
  const { held, record } = isHeard('activity') || isHeard('warning-extended') ? caller : { held: null, record: null }
  const touched = await write()
  if (held === null || record === null || touched.state !== 'touched') return
  const { beforeMs, lastActivityMs, nowMs } = touched
  if (lastActivityMs === beforeMs) return
  const activity = { ...whose(held), by }
  const idleFor = Math.max(0, lastActivityMs - beforeMs) / 1000 // below 0 the clock was set back
  publish('activity', () => ({ ...activity, idleFor }))
  const before = viewOf({ ...record, lastActivityMs: beforeMs }, nowMs)
  if (before.state === 'warning' && caller.view().state === 'active') publish('warning-extended', () => ({ ...activity, left: before.expiresIn }))
}
