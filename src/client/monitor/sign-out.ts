import type { MonitorOptions } from './monitor-options.ts'

/**
 * Asks the server to sign out. What it answers is not looked at: many send on to a page, which would be loaded for
 * nothing. The ping that follows knows whether it was done.
 */
export async function requestSignOut ({ signOut, signOutUrl }: MonitorOptions, fetch: NonNullable<MonitorOptions['fetch']>): Promise<void> {
  if (signOut !== undefined) await signOut()
  else if (signOutUrl !== undefined) await fetch(signOutUrl, { method: 'POST', redirect: 'manual' })
}
