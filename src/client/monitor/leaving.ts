import { addressAtEnd, pathOf } from './addresses.ts'
import { hostOf } from './hosts.ts'
import type { IdleMonitor, PageEndReason } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'
import { isCopy } from './page-time.ts'
import type { Surroundings } from './surroundings.ts'

/** Milliseconds in which a page is not reloaded again at its end. A cache may bring the same page again. */
const RELOAD_MS = 10_000

const RELOADED = 'session-security:reloaded'

/** The longest time that tasks may take before the page is left, in milliseconds. */
const LAST_TASKS_MS = 300

export interface Leaving extends Pick<IdleMonitor, 'beforeLeave'> {
  /** Notes that the server knows the session of the page. So no cache brought a page that has ended. */
  goOn (): void
  /**
   * Leaves the page after its tasks.
   *
   * @param isWanted whether a person wants to leave before the end
   * @param isStill checks whether the page is still to be left, after the tasks
   */
  leave (reason: PageEndReason, isWanted: boolean, isStill: () => boolean): void
}

/**
 * Creates the way to leave a page. The page runs its last tasks, and goes where the options say, by the page around it
 * if there is one.
 */
export function createLeaving (options: MonitorOptions, window: Surroundings): Leaving {
  const tasks = new Set<() => Promise<unknown>>()
  let reloadedMs = takeReload(window)

  function go (reason: PageEndReason, isWanted: boolean): void {
    const host = hostOf(window, options.pingUrl)
    if (options.onEnd !== undefined) options.onEnd(reason)
    else if (host === undefined) load(reason, isWanted)
    else if (isWanted) host.leave()
    // The page around this one ends too, and leaves with what its person typed there. If it does not end, it belongs to
    // another session.
    else host.check().then(({ concealed }) => { if (!concealed) load(reason, isWanted) })
  }

  function load (reason: PageEndReason, isWanted: boolean): void {
    const { location, history } = window
    const { search, hash } = location
    const path = pathOf(location)
    const address = addressAtEnd(options, location, reason)
    // The cache would answer the same address with the same copy. The copy came by GET, so this sends no form.
    if (address === path && isCopy(window)) return location.reload()
    if (address === path && !isWanted) {
      if (window.Date.now() - reloadedMs < RELOAD_MS) return
      markReload(window)
    }
    if (address !== path || hash === '' || history == null) return location.replace(address)
    // A browser does not load an address that differs in its hash alone, and reload() would send a form once more.
    history.replaceState(null, '', path + (search === '' ? '?' : '&'))
    location.replace(path + hash)
  }

  return {
    goOn () {
      reloadedMs = NaN
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

/** Returns the time at which the page before this one ended and led to itself. A cache may do so again and again. */
function takeReload (window: Surroundings): number {
  try {
    const { sessionStorage } = window
    const ms = Number(sessionStorage?.getItem(RELOADED))
    sessionStorage?.removeItem(RELOADED)
    return ms
  } catch {
    return NaN // Without a storage, the time is not known.
  }
}

function markReload (window: Surroundings): void {
  try {
    window.sessionStorage?.setItem(RELOADED, String(window.Date.now()))
  } catch {
    // The storage is full.
  }
}
