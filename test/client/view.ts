import type { LiveView } from '../../src/core/view.ts'

/** A session whose person was active a moment ago. */
export const VIEW: LiveView = {
  state: 'active',
  idleFor: 0,
  warnAfter: 540,
  expireAfter: 600,
  warnsIn: 540,
  expiresIn: 600,
  extendable: true,
  endsBy: 'idle'
}
