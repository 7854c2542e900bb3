import { setMaxListeners } from 'node:events'
import type { Channel, Surroundings } from '../client/monitor/surroundings.ts'
import type { Timeline, Timer } from './timeline.ts'

/** The page behind the `window` of a monitor. */
export interface PageHost {
  readonly timeline: Timeline
  readonly events: EventTarget
  readonly address: Pick<Location, 'pathname' | 'search' | 'hash'>
  readonly isHidden: boolean
  /** Whether its timers must wait. */
  readonly isHeld: boolean
  /** Returns the value of `performance.now()`. */
  elapsedMs (): number
  /** Returns the value of `Date.now()`. */
  dateMs (): number
  /** Returns the navigation entry of the page: https://www.w3.org/TR/navigation-timing-2/. */
  navigation (): object
  openChannel (name: string): Channel
  conceal (isConcealed: boolean): void
  /** Replaces the page by another one. */
  replace (url: string): void
  reload (): void
  /** Changes the address alone. */
  replaceState (url: string): void
  sendBeacon (url: string, body: string): boolean
  readonly storage?: Surroundings['sessionStorage']
}

/** Gives a monitor the `window` of a page that no browser shows. */
export function pageWindow (page: PageHost): Surroundings {
  const { timeline, events, storage } = page
  return {
    setTimeout: (run, ms) => timeline.set(run, ms, () => page.isHeld),
    clearTimeout: (timer: Timer) => timeline.clear(timer),
    addEventListener (name, listener, options) {
      if (options.signal !== undefined) setMaxListeners(0, options.signal)
      events.addEventListener(name, listener, options)
    },
    performance: { now: () => page.elapsedMs(), getEntriesByType: () => [page.navigation()] },
    Date: { now: () => page.dateMs() },
    document: {
      get hidden () { return page.isHidden },
      documentElement: {
        toggleAttribute (_name, force) {
          page.conceal(force === true)
          return force === true
        }
      }
    },
    location: {
      get pathname () { return page.address.pathname },
      get search () { return page.address.search },
      get hash () { return page.address.hash },
      replace: url => page.replace(String(url)),
      reload: () => page.reload()
    },
    history: { replaceState: (_state, _unused, url) => page.replaceState(String(url)) },
    navigator: { sendBeacon: (url, body) => page.sendBeacon(url, body) },
    BroadcastChannel: class {
      constructor (name: string) {
        return page.openChannel(name) as never
      }
    } as never,
    ...(storage === undefined ? {} : { sessionStorage: storage })
  }
}
