import type { IdleMonitor } from './monitor-api.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * By this a page in a frame finds the monitor of the page around it: that of the same application, which has the same
 * ping route.
 */
function keyOf (pingUrl: string): symbol {
  return Symbol.for(`fss ${pingUrl}`)
}

/** @param monitor undefined: it watches no more */
export function announce (window: Surroundings, pingUrl: string, monitor: IdleMonitor | undefined): void {
  Reflect.set(window, keyOf(pingUrl), monitor)
}

/**
 * Looks for a page around this one that carries a monitor of the same application and watches over a session: that of a
 * visitor's page warns nobody and leaves nothing.
 *
 * @returns the outermost page's
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
      // The page is another site's.
    }
  }
  return host
}
