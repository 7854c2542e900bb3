import { setMaxListeners } from 'node:events'
import type { Channel, Surroundings } from '../../src/client/monitor/surroundings.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { mergeActivity, startRecord } from '../../src/core/policy.ts'
import { endedView, viewOf } from '../../src/core/view.ts'
import { answerOf } from '../../src/core/wire.ts'
import type { EndReason } from '../../src/core/policy.ts'
import type { MonitorOptions } from '../../src/client/monitor/monitor-options.ts'
import type { IdleMonitor } from '../../src/client/monitor/monitor-api.ts'
import { createIdleMonitor } from '../../src/client/monitor/monitor.ts'

interface Timer { readonly page?: FakePage, readonly atMs: number, readonly run: () => void }

/** A server with one session, a machine whose clocks a test moves, and the pages of one browser on it. */
export class FakeWorld {
  /** The server's clock: the truth. */
  nowMs = 1_000_000
  /** What `performance.now()` says: may stand still while the machine sleeps. */
  monotonicMs = 5000
  /** How far the machine's clock is from the truth. */
  wallOffsetMs = 0
  record: SessionRecord
  endedFor: EndReason | 'none' | null = null
  handle = 'a-handle-of-which-the-tag-is-the-beginning'
  /** The user key that the server tells with its answers; undefined: none. */
  user: string | undefined
  /** How long an answer takes. */
  latencyMs = 0
  /** The server leaves aside what is newer by less than this. */
  throttleMs = 0
  /** Whether what tabs tell each other gets lost. */
  losesHints = false
  /** What answers in place of the server. */
  answers: ((url: string) => Promise<Response>) | null = null
  /** What the browser knows of how it came to a page that is opened. */
  navigation: object = {}
  /** What a page's surroundings lack, or have in another way. */
  surroundings: object = {}
  /** All pings, as sent. */
  readonly pings: string[] = []
  readonly beacons: string[] = []
  /** How many times a tab told the others something. */
  hints = 0
  readonly pages: FakePage[] = []
  readonly channels = new Map<string, Set<FakeChannel>>()
  timers: Timer[] = []

  constructor ({ warnAfter = 540, expireAfter = 600, absoluteTimeout = false as number | false } = {}) {
    this.record = startRecord({ protected: true, warnAfter, expireAfter, absoluteTimeout }, this.nowMs)
  }

  /** Opens a page, and lets its first ping be answered. */
  async open (options: Partial<MonitorOptions> = {}): Promise<FakePage> {
    const page = new FakePage(this, options)
    this.pages.push(page)
    page.monitor.start()
    await settle()
    return page
  }

  /** Somebody is active where no page of this browser sees it. */
  touch (): void {
    this.record = { ...this.record, lastActivityMs: this.nowMs }
  }

  /** Time goes by, and everything that was waiting for it happens in turn. */
  async advance (seconds: number): Promise<void> {
    const endMs = this.monotonicMs + seconds * 1000
    for (;;) {
      const next = this.timers.filter(({ page }) => page?.isFrozen !== true).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined || next.atMs > endMs) break
      this.#pass(Math.max(0, next.atMs - this.monotonicMs))
      this.timers = this.timers.filter(timer => timer !== next)
      next.run()
      await settle()
    }
    this.#pass(endMs - this.monotonicMs)
    await settle()
  }

  /** The machine sleeps: only clocks outside of it go on. */
  sleep (seconds: number): void {
    this.nowMs += seconds * 1000
  }

  #pass (ms: number): void {
    this.monotonicMs += ms
    this.nowMs += ms
  }

  async answer (url: string): Promise<Response> {
    this.pings.push(url)
    if (this.latencyMs > 0) await new Promise<void>(resolve => { this.timers.push({ atMs: this.monotonicMs + this.latencyMs, run: resolve }) })
    if (this.answers !== null) return await this.answers(url)
    const idleFor = new URL(url, 'http://a').searchParams.get('idleFor')
    let view = this.endedFor === null ? viewOf(this.record, this.nowMs) : endedView(this.endedFor)
    if (view.state === 'ended') this.endedFor ??= view.reason
    else if (idleFor !== null && this.nowMs - Number(idleFor) * 1000 - this.record.lastActivityMs >= this.throttleMs) {
      this.record = { ...this.record, lastActivityMs: mergeActivity(this.record.lastActivityMs, this.nowMs - Number(idleFor) * 1000, this.nowMs) }
      view = viewOf(this.record, this.nowMs)
    }
    return Response.json(answerOf(view, this.handle.slice(0, 12), this.user))
  }
}

/** One tab. */
export class FakePage {
  readonly world: FakeWorld
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
    this.monitor = createIdleMonitor({
      pingUrl: '/ping',
      ...(options.signOutUrl === undefined ? { signOut: async () => { world.endedFor = 'logout' } } : {}),
      fetch: async (url, { signal }) => await Promise.race([world.answer(url), aborted(signal)]),
      window: this.#surroundings(),
      ...options
    })
  }

  get state (): string {
    return this.monitor.getSnapshot().state
  }

  /** Whether somebody who sees the page sees anything. */
  get isSeen (): boolean {
    return !this.isConcealed
  }

  /** Something that happens to the page. */
  async happens (name: string, properties: object = {}): Promise<void> {
    this.events.dispatchEvent(Object.assign(new Event(name), properties))
    await settle()
  }

  /** What comes meanwhile waits. */
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

  #surroundings (): Surroundings {
    const { world } = this
    const page = this
    return Object.assign<Surroundings, object>({
      setTimeout: (run, ms) => {
        const timer = { page, atMs: world.monotonicMs + Math.max(1, ms > 2 ** 31 - 1 ? 1 : ms), run }
        world.timers.push(timer)
        return timer
      },
      clearTimeout: timer => { world.timers = world.timers.filter(one => one !== timer) },
      addEventListener: (name, listener, options) => {
        if (options.signal !== undefined) setMaxListeners(0, options.signal)
        page.events.addEventListener(name, listener, options)
      },
      performance: { now: () => world.monotonicMs, getEntriesByType: () => [{ requestStart: world.monotonicMs, ...world.navigation }] },
      Date: { now: () => Math.floor(world.nowMs + world.wallOffsetMs) },
      document: {
        get hidden () { return page.isHidden },
        documentElement: { toggleAttribute: (_name, force) => { page.isConcealed = force === true; return page.isConcealed } }
      },
      location: {
        get pathname () { return page.address.pathname },
        get search () { return page.address.search },
        get hash () { return page.address.hash },
        replace: url => { page.left.push(String(url)) },
        reload: () => { page.left.push('reload') }
      },
      history: { replaceState: (_state, _unused, url) => { page.left.push(`replaceState ${String(url)}`) } },
      navigator: {
        sendBeacon: (_url, body) => { world.beacons.push(body); return true }
      },
      BroadcastChannel: class extends FakeChannel {
        constructor (name: string) {
          super(world, page, name)
        }
      }
    }, world.surroundings)
  }
}

class FakeChannel implements Channel {
  onmessage: Channel['onmessage'] = null
  readonly #page: FakePage
  readonly #peers: Set<FakeChannel>

  constructor ({ channels }: FakeWorld, page: FakePage, name: string) {
    this.#page = page
    this.#peers = channels.get(name) ?? new Set()
    channels.set(name, this.#peers.add(this))
  }

  postMessage (message: unknown): void {
    if (this.#page.world.losesHints) return
    this.#page.world.hints++
    const data = structuredClone(message)
    for (const peer of this.#peers) {
      if (peer !== this) peer.#page.whenAwake(() => setImmediate(() => peer.onmessage?.(new MessageEvent('message', { data }))))
    }
  }

  close (): void {
    this.#peers.delete(this)
    this.onmessage = null
  }
}

async function aborted (signal: AbortSignal | null | undefined): Promise<never> {
  return await new Promise((_resolve, reject) => signal?.addEventListener('abort', reject))
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle (): Promise<void> {
  for (let turns = 0; turns < 6; turns++) await new Promise(resolve => setImmediate(resolve))
}
