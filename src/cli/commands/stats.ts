import type { Context } from '../context.ts'
import { printOne } from '../context.ts'
import { EXIT } from '../problem.ts'
import { duration } from '../times.ts'

export async function stats (context: Context): Promise<number> {
  const [sessions, tokens] = await Promise.all([context.store.stats(), context.store.tokens.count()])
  const { live, ended, expired, pending, lag } = sessions
  await printOne(context, { ...sessions, tokens }, () => ({
    live: String(live),
    ended: `${ended} (still known)`,
    expired: `${expired} (of the ended: no sweep has ended them yet)`,
    'expired for': `${duration(lag)} (the longest of the expired)`,
    pending: `${pending} (of the ended: onSessionEnd has not been called for them yet)`,
    tokens: String(tokens)
  }))
  return EXIT.ok
}
