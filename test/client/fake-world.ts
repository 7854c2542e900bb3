import type { IdleMonitor } from '../../src/client/monitor/monitor-api.ts'
import type { MonitorOptions } from '../../src/client/monitor/monitor-options.ts'
import { createIdleMonitor } from '../../src/client/monitor/monitor.ts'
import type { Channel, Surroundings } from '../../src/client/monitor/surroundings.ts'
import type { EndReason } from '../../src/core/policy.ts'
import { mergeActivity, startRecord } from '../../src/core/policy.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { endedView, viewOf } from '../../src/core/view.ts'
import { answerOf } from '../../src/core/wire.ts'
import type { PageHost } from '../../src/testing/page-window.ts'
import { pageWindow } from '../../src/testing/page-window.ts'
import { TabChannels } from '../../src/testing/tab-channels.ts'
import { Timeline } from '../../src/testing/timeline.ts'
import { takeTurns as settle } from '../../src/testing/turns.ts'

export { settle }

/** A server with one session, a machine with clocks, and the pages of one browser. A test moves the clocks. */
export class FakeWorld {
  /** The clock of `performance.now()`. It stands still while the machine sleeps. */
  readonly timeline = new Timeline(5000)
  /** Milliseconds by which the server's clock is ahead of it. */
  aheadMs = 995_000
  /** Milliseconds by which the machine's clock is wrong. */
  wallOffsetMs = 0
  record: SessionRecord
  endedFor: EndReason | 'none' | null = null
  handle = 'a-handle-of-which-the-tag-is-the-beginning'
  /** The user key in the server's answers; undefined for none. */
  user: string | undefined
  /** The time that an answer takes, in milliseconds. */
  latencyMs = 0
  /** The server ignores activities that come sooner after the last one, in milliseconds. */
  throttleMs = 0
  /** True if messages between tabs get lost. */
  losesHints = false
  /** Answers in place of the server. */
  answers: ((url: string) => Promise<Response>) | null = null
  /** The browser's navigation entry for a page that is opened. */
  navigation: object = {}
  /** Parts of a page's surroundings that are missing or different. */
  surroundings: object = {}
  /** All pings, as sent. */
  readonly pings: string[] = []
  readonly beacons: string[] = []
  /** The number of messages between tabs. */
  hints = 0
  readonly pages: FakePage[] = []
  readonly channels = new TabChannels(() => {
    if (!this.losesHints) this.hints++
    return this.losesHints
  })

  constructor ({ warnAfter = 540, expireAfter = 600, absoluteTimeout = false as number | false } = {}) {
    this.record = startRecord({ isAuthenticated: true, warnAfter, expireAfter, absoluteTimeout }, this.nowMs)
  }

  /** Returns the true time, by the server's clock. */
  get nowMs (): number {
    return this.timeline.nowMs + this.aheadMs
  }

  /** Opens a page, and lets the server answer its first ping. */
  async open (options: Partial<MonitorOptions> = {}): Promise<FakePage> {
    const page = new FakePage(this, options)
    this.pages.push(page)
    page.monitor.start()
    await settle()
    return page
  }

  /** Notes an activity that no page of this browser sees. */
  recordActivity (): void {
    this.record = { ...this.record, lastActivityMs: this.nowMs }
  }

  /** Lets time pass. Everything that waits for it happens in turn. */
  async advance (seconds: number): Promise<void> {
    await this.timeline.pass(seconds, settle)
  }

  /** Lets the machine sleep: only clocks outside of it go on. */
  sleep (seconds: number): void {
    this.aheadMs += seconds * 1000
  }

  async answer (url: string): Promise<Response> {
    this.pings.push(url)
    if (this.latencyMs > 0) await new Promise<void>(resolve => { this.timeline.set(resolve, this.latencyMs) })
    if (this.answers !== null) return await this.answers(url)
    const idleFor = new URL(url, 'http://a').searchParams.get('idleFor')
    let view = this.endedFor === null ? viewOf(this.record, this.nowMs) : endedView(this.endedFor)
    if (view.state === 'ended') this.endedFor ??= view.reason
    else if (idleFor !== null && this.nowMs - Number(idleFor) * 1000 - this.record.lastActivityMs >= this.throttleMs) {
      this.record = {
        ...this.record,
        lastActivityMs: mergeActivity(this.record.lastActivityMs, this.nowMs - Number(idleFor) * 1000, this.nowMs)
      }
      view = viewOf(this.record, this.nowMs)
    }
    return Response.json(answerOf(view, this.handle.slice(0, 12), this.user))
  }
}

/** One tab. */
export class FakePage implements PageHost {
  readonly world: FakeWorld
  readonly timeline: Timeline
  readonly monitor: IdleMonitor
  readonly events = new EventTarget()
  readonly left: string[] = []
  address = { pathname: '/form', search: '?id=1', hash: '' }
  isConcealed = false
  isHidden = false
  isFrozen = false
  #held: Array<() => void> = []

  constructor (world: FakeWorld, options: Partial<MonitorOptions>) {
    this.world = world
    this.timeline = world.timeline
    this.monitor = createIdleMonitor({
      pingUrl: '/ping',
      ...(options.signOutUrl === undefined ? { signOut: async () => { world.endedFor = 'logout' } } : {}),
      fetch: async (url, { signal }) => await Promise.race([world.answer(url), aborted(signal)]),
      window: Object.assign<Surroundings, object>(pageWindow(this), world.surroundings),
      ...options
    })
  }

  get state (): string {
    return this.monitor.getSnapshot().state
  }

  /** True if a person who looks at the page sees its content. */
  get isSeen (): boolean {
    return !this.isConcealed
  }

  /** Dispatches an event on the page. */
  async happens (name: string, properties: object = {}): Promise<void> {
    this.events.dispatchEvent(Object.assign(new Event(name), properties))
    await settle()
  }

  /** Holds back the events that come meanwhile. */
  freeze (): void {
    this.isFrozen = true
  }

  async thaw (): Promise<void> {
    this.isFrozen = false
    for (const run of this.#held.splice(0)) run()
    await settle()
  }

  whenAwake (run: () => void): void {
    if (this.isFrozen) this.#held.push(run)
    else run()
  }

  get isHeld (): boolean {
    return this.isFrozen
  }

  elapsedMs (): number {
    return this.timeline.nowMs
  }

  dateMs (): number {
    return Math.floor(this.world.nowMs + this.world.wallOffsetMs)
  }

  navigation (): object {
    return { requestStart: this.timeline.nowMs, ...this.world.navigation }
  }

  openChannel (name: string): Channel {
    return this.world.channels.open(name, this)
  }

  conceal (isConcealed: boolean): void {
    this.isConcealed = isConcealed
  }

  replace (url: string): void {
    this.left.push(url)
  }

  reload (): void {
    this.left.push('reload')
  }

  replaceState (url: string): void {
    this.left.push(`replaceState ${url}`)
  }

  sendBeacon (_url: string, body: string): boolean {
    this.world.beacons.push(body)
    return true
  }
}

async function aborted (signal: AbortSignal | null | undefined): Promise<never> {
  return await new Promise((_resolve, reject) => signal?.addEventListener('abort', reject))
}
