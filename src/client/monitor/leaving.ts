import { addressAtEnd, pathOf } from './addresses.ts'
import { hostOf } from './hosts.ts'
import type { IdleMonitor, PageEndReason } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'
import { isCopy } from './page-time.ts'
import type { Surroundings } from './surroundings.ts'

/** Within so long, a page is not loaded once more because it ended: what comes may be the same again, as from a cache. */
const RELOAD_MS = 10_000

const RELOADED = 'session-security:reloaded'

/** The longest time that tasks may take before the page is left. */
const LAST_TASKS_MS = 300

export interface Leaving extends Pick<IdleMonitor, 'beforeLeave'> {
  /** Finds out whether the page is here because it ended just now. */
  arrive (): void
  /**
   * @param isWanted whether somebody wants to leave before the end
   * @param isStill whether the page is still to be left, after the tasks
   */
  leave (reason: PageEndReason, isWanted: boolean, isStill: () => boolean): void
}

/**
 * How a page is left: when its last tasks are done, by the page around it if there is one, to where the options say.
 */
export function createLeaving (options: MonitorOptions, window: Surroundings): Leaving {
  const tasks = new Set<() => Promise<unknown>>()
  let reloadedMs: number | undefined

  function go (reason: PageEndReason, isWanted: boolean): void {
    const host = hostOf(window, options.pingUrl)
    if (options.onEnd !== undefined) options.onEnd(reason)
    else if (host === undefined) load(reason, isWanted)
    else if (isWanted) host.leave()
    // The page around this one ends too, and leaves with what its person typed there. If it does not, it is another's.
    else host.check().then(({ concealed }) => { if (!concealed) load(reason, isWanted) })
  }

  function load (reason: PageEndReason, isWanted: boolean): void {
    const { location, history } = window
    const { search, hash } = location
    const path = pathOf(location)
    const address = addressAtEnd(options, location, reason)
    // Its address would be answered by the same copy. It was got by GET, so this sends no form.
    if (address === path && isCopy(window)) return location.reload()
    if (address === path && !isWanted) {
      if (window.Date.now() - Number(reloadedMs) < RELOAD_MS) return
      markReload(window)
    }
    if (address !== path || hash === '' || history == null) return location.replace(address)
    // An address that differs in its hash alone is not loaded; and reload() would send a form once more.
    history.replaceState(null, '', path + (search === '' ? '?' : '&'))
    location.replace(path + hash)
  }

  return {
    arrive () {
      reloadedMs ??= takeReload(window)
    },
    leave (reason, isWanted, isStill) {
      if (tasks.size === 0) return go(reason, isWanted)
      const late = new Promise<void>(resolve => window.setTimeout(resolve, LAST_TASKS_MS))
      Promise.race([late, Promise.allSettled([...tasks].map(async task => await task()))])
        .then(() => { if (isStill()) go(reason, isWanted) })
    },
    beforeLeave (task) {
      const own = (): Promise<unknown> => task()
      tasks.add(own)
      return () => { tasks.delete(own) }
    }
  }
}

/** When the page before this one in the tab ended, and led to itself: as where a cache serves it again and again. */
function takeReload (window: Surroundings): number {
  try {
    const { sessionStorage } = window
    const ms = Number(sessionStorage?.getItem(RELOADED))
    sessionStorage?.removeItem(RELOADED)
    return ms
  } catch {
    return 0 // without a storage nobody can tell
  }
}

function markReload (window: Surroundings): void {
  try {
    const { sessionStorage, Date } = window
    sessionStorage?.setItem(RELOADED, String(Date.now()))
  } catch {
    // There is no room.
  }
}
