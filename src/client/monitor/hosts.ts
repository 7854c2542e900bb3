import type { IdleMonitor } from './monitor-api.ts'
import type { Surroundings } from './surroundings.ts'

/** By this a page in a frame finds the monitor of the page around it: that of the same application, which has the same ping route. */
function keyOf (pingUrl: string): symbol {
  return Symbol.for(`fss ${pingUrl}`)
}

export function announce (window: Surroundings, pingUrl: string, monitor: IdleMonitor): void {
  Reflect.set(window, keyOf(pingUrl), monitor)
}

/** @returns the monitor of the outermost page around this one that has one of the same application */
export function hostOf (window: Surroundings, pingUrl: string): IdleMonitor | undefined {
  let host: IdleMonitor | undefined
  for (let page = window; page.parent != null && page.parent !== page;) {
    page = page.parent as Surroundings
    try {
      host = Reflect.get(page, keyOf(pingUrl)) as IdleMonitor | undefined ?? host
    } catch {
      // Another site's page tells nothing.
    }
  }
  return host
}
