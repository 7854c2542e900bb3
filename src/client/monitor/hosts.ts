import type { IdleMonitor } from './monitor-api.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Returns the key under which a framed page finds the monitor around it. Monitors of one application share a ping
 * route, and so the key.
 */
function keyOf (pingUrl: string): symbol {
  return Symbol.for(`fss ${pingUrl}`)
}

/**
 * Publishes the monitor of a page for the pages in its frames.
 *
 * @param monitor undefined if it has stopped
 */
export function announce (window: Surroundings, pingUrl: string, monitor: IdleMonitor | undefined): void {
  Reflect.set(window, keyOf(pingUrl), monitor)
}

/**
 * Looks for a monitor of the same application in the pages around this one. The monitor of an anonymous page does not
 * count: it warns nobody and leaves no page.
 *
 * @returns the monitor of the outermost page
 */
export function hostOf (window: Surroundings, pingUrl: string): IdleMonitor | undefined {
  let host: IdleMonitor | undefined
  for (let page = window; page.parent != null && page.parent !== page;) {
    page = page.parent as Surroundings
    try {
      const monitor = Reflect.get(page, keyOf(pingUrl)) as IdleMonitor | undefined
      const { state, concealed } = monitor?.getSnapshot() ?? { state: 'ended' }
      if (concealed || state !== 'ended') host = monitor
    } catch {
      // The page belongs to another site.
    }
  }
  return host
}
