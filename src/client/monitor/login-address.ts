import type { PageEndReason } from './monitor-api.ts'

/** Where to sign in again, as `requireSession` says it: the page to come back to stands in `next`, and why it was left in `reason`. */
export function loginAddress (loginUrl: string, { pathname, search }: Pick<Location, 'pathname' | 'search'>, reason: PageEndReason): string {
  const query = new URLSearchParams({ next: pathname + search, ...(reason === 'none' ? {} : { reason }) })
  return `${loginUrl}${loginUrl.includes('?') ? '&' : '?'}${String(query)}`
}
