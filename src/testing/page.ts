import type { Channel, Surroundings } from '../client/monitor/surroundings.ts'
import type { IdleMonitor, MonitorSnapshot, PageEndReason } from '../client/monitor/monitor-api.ts'
import type { MonitorOptions } from '../client/monitor/monitor-options.ts'
import { createIdleMonitor } from '../client/monitor/monitor.ts'
import type { Machine } from './machine.ts'
import type { PageHost } from './page-window.ts'
import { pageWindow } from './page-window.ts'
import { injectOptionsOf, toResponse } from './requests.ts'
import type { Sight } from './tab-api.ts'
import type { Timeline } from './timeline.ts'

/** The type of a navigation. */
export type Navigation = 'navigate' | 'reload'

/** The tab of a page, as far as the page uses it. */
export interface PageFrame {
  readonly isHidden: boolean
  readonly storage: NonNullable<Surroundings['sessionStorage']>
  see (what: Sight['what']): void
  leave (to: string, reason: PageEndReason): void
  /** Changes the address without another page. */
  rename (url: string): void
}

/** One page with the browser client, from its request until it is left. */
export class Page implements PageHost {
  readonly timeline: Timeline
  readonly events = new EventTarget()
  readonly monitor: IdleMonitor
  readonly #machine: Machine
  readonly #frame: PageFrame
  readonly #askedMs: number
  readonly #navigation: Navigation
  #url: URL
  #isConcealed = false
  #isGone = false

  constructor (machine: Machine, frame: PageFrame, { url, askedMs, navigation, options }: {
    readonly url: URL
    readonly askedMs: number
    readonly navigation: Navigation
    readonly options: MonitorOptions
  }) {
    this.timeline = machine.kit.timeline
    this.#machine = machine
    this.#frame = frame
    this.#url = url
    this.#askedMs = askedMs
    this.#navigation = navigation
    const fetch = async (address: string, init: RequestInit): Promise<Response> =>
      toResponse(await machine.send(injectOptionsOf(address, init), 'script'))
    this.monitor = createIdleMonitor({ fetch, ...options, window: pageWindow(this) })
    let before = this.monitor.getSnapshot()
    this.monitor.subscribe(() => {
      const now = this.monitor.getSnapshot()
      if (!this.#isGone) sightsBetween(before, now).forEach(what => frame.see(what))
      before = now
    })
    this.monitor.start()
  }

  get address (): URL { return this.#url }
  get storage (): PageFrame['storage'] { return this.#frame.storage }
  get isHidden (): boolean { return this.#frame.isHidden }
  get isHeld (): boolean { return this.#isGone || this.#machine.isLidClosed }
  get isConcealed (): boolean { return this.#isConcealed }

  elapsedMs (): number {
    return this.timeline.nowMs - this.#askedMs
  }

  dateMs (): number {
    return Math.floor(this.timeline.nowMs)
  }

  navigation (): object {
    return { type: this.#navigation, requestStart: 0 }
  }

  openChannel (name: string): Channel {
    return this.#machine.channels.open(name, this.#machine)
  }

  conceal (isConcealed: boolean): void {
    this.#isConcealed = isConcealed
  }

  replace (url: string): void {
    if (!this.#isGone) this.#frame.leave(url, this.monitor.getSnapshot().reason ?? 'none')
  }

  reload (): void {
    this.replace(this.#url.pathname + this.#url.search + this.#url.hash)
  }

  replaceState (url: string): void {
    this.#url = new URL(url, this.#url)
    this.#frame.rename(url)
  }

  sendBeacon (url: string, body: string): boolean {
    const headers = { 'content-type': 'text/plain;charset=UTF-8' }
    this.#machine.send({ method: 'POST', url, headers, payload: body }, 'script').catch(() => {})
    return true
  }

  happens (event: string): void {
    this.events.dispatchEvent(new Event(event))
  }

  /** Ends the page: the browser shows another one. */
  unload (): void {
    this.#isGone = true
    this.happens('pagehide')
  }
}

/** Returns what a person sees of a change of state. */
function sightsBetween (before: MonitorSnapshot, { state, concealed }: MonitorSnapshot): Array<Sight['what']> {
  const sights: Array<Sight['what']> = []
  if (state !== before.state && state !== 'ended') sights.push(state === 'active' ? 'extended' : state)
  if (concealed !== before.concealed) sights.push(concealed ? 'hidden' : 'shown')
  return sights
}
