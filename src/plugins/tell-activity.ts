import type { SessionSecurityChannels } from '../diagnostics.ts'
import { isHeard, publish, whose } from '../diagnostics.ts'
import type { Fate } from '../store/store.ts'
import type { CallerSession } from './caller-session.ts'

type By = SessionSecurityChannels['fastify-session-security:activity']['by']

/** Has an activity written, and publishes it when somebody listens. */
export async function tellActivity (caller: CallerSession, by: By, write: () => Promise<Fate>): Promise<void> {
  const before = isHeard('activity') || isHeard('warning-extended') ? caller.held : null
  const shown = before?.record.protected === true ? caller.view() : undefined
  const fate = await write()
  if (before === null || shown === undefined || fate.state !== 'live') return
  const activity = { ...whose({ handle: before.handle, user: fate.user }), by }
  const idleFor = Math.max(0, fate.record.lastActivityMs - before.record.lastActivityMs) / 1000 // below 0 the clock was set back
  publish('activity', () => ({ ...activity, idleFor }))
  if (shown.state === 'warning' && caller.view().state === 'active') publish('warning-extended', () => ({ ...activity, left: shown.expiresIn }))
}
