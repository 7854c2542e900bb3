/** Where a page keeps the pings that are not answered yet. */
const PINGS = 'globalThis[Symbol.for(\'fastify-session-security pings\')]'

/**
 * Prepares a page for a clock that stands still: it knows which of its pings are under way, and when it was asked for. A
 * clock of Playwright tells of no navigation: the page would take what the server said of it for old.
 */
export function followScript (pingUrl: string): string {
  return `{
  const { fetch } = window
  const pings = ${PINGS} = new Set()
  window.fetch = (...args) => {
    const answer = fetch.apply(window, args)
    if (new URL(args[0]?.url ?? args[0], location.href).pathname === ${JSON.stringify(pingUrl)}) {
      const done = answer.then(response => response.clone().text()).catch(() => {}).finally(() => pings.delete(done))
      pings.add(done)
    }
    return answer
  }
  const entries = performance.getEntriesByType
  performance.getEntriesByType = type => type === 'navigation'
    ? [{ type: 'navigate', requestStart: performance.now() }]
    : entries.call(performance, type)
}`
}

/** Waits in a page until its pings are answered. */
export const WAIT_FOR_PINGS = `Promise.all(${PINGS} ?? []).then(() => null)`
