/** The global variable in which a page keeps its pending pings. */
const PINGS = 'globalThis[Symbol.for(\'fastify-session-security pings\')]'

/**
 * Prepares a page for a clock that stands still. The page keeps its pending pings, and reports a navigation at the time
 * of the clock: the clock of Playwright has none, and the page would take the server's view for an old one.
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

/**
 * Waits in a page until it is loaded and its pings are answered. The message is a task: the listeners of `load` and
 * `pageshow` have run then. Timers stand still.
 */
export const WAIT_FOR_PAGE = `new Promise(resolve => {
  if (document.readyState === 'complete') return resolve()
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = resolve
  addEventListener('load', () => port2.postMessage(null))
}).then(() => Promise.all(${PINGS} ?? [])).then(() => null)`
