import type { IdleMonitor, PageEndReason } from '../client/monitor/monitor-api.ts'
import { checkSeconds, checkUrl } from './kit-options.ts'
import { TestKitError } from './errors.ts'
import type { LoadedPage } from './load-page.ts'
import { SITE, loadPage } from './load-page.ts'
import type { Machine } from './machine.ts'
import type { Navigation, PageFrame } from './page.ts'
import { Page } from './page.ts'
import { MemoryStorage } from './memory-storage.ts'
import type { ClientSettings, Departure, Sight, TestTab } from './tab-api.ts'

/** The seconds between two activities of a person who works. */
const WORK_EVERY = 5

/** @see TestTab */
export class Tab implements TestTab {
  readonly seen: Array<Sight | Departure> = []
  readonly #machine: Machine
  readonly #onClose: () => void
  readonly #openedMs: number
  /** The options of the client, for pages of another server. */
  readonly #client: ClientSettings | undefined
  readonly #frame: PageFrame
  #isHidden = false
  #isOpen = true
  /** The number of requested pages. The page that was requested last counts. */
  #loads = 0
  #url = SITE
  #loaded: LoadedPage | undefined
  #page: Page | undefined

  constructor (machine: Machine, client: ClientSettings | undefined, onClose: () => void) {
    const tab = this
    this.#machine = machine
    this.#client = client
    this.#onClose = onClose
    this.#openedMs = machine.kit.timeline.nowMs
    this.#frame = {
      get isHidden () { return tab.#isHidden },
      storage: new MemoryStorage(),
      see: what => { this.seen.push({ after: this.#after(), what }) },
      leave: (to, reason) => this.#leave(to, reason),
      rename: url => { this.#url = new URL(url, this.#url) }
    }
  }

  get url (): string {
    const { origin, pathname, search, hash, href } = this.#url
    return origin === SITE.origin ? pathname + search + hash : href
  }

  get status (): number { return this.#loaded?.status ?? 0 }
  get body (): string { return this.#loaded?.body ?? '' }
  get isHidden (): boolean { return this.#page?.isConcealed ?? false }
  get state (): TestTab['state'] { return this.#page?.monitor.getSnapshot().state ?? null }
  get expiresIn (): number { return Math.round((this.#page?.monitor.expiresInMs() ?? Infinity) / 1000) }
  get left (): Departure | null { return this.seen.findLast(sight => sight.what === 'left') as Departure ?? null }

  async goto (url: string): Promise<void> {
    checkUrl(url)
    await this.#begin()
    await this.#machine.kit.pending.complete(this.#load(new URL(url, SITE), 'navigate'))
  }

  async reload (): Promise<void> {
    await this.#begin()
    await this.#machine.kit.pending.complete(this.#load(this.#url, 'reload'))
  }

  async activity (): Promise<void> {
    await this.#act(monitor => monitor.activity())
  }

  async work (seconds: number): Promise<void> {
    checkSeconds(seconds)
    for (let left = seconds; left > 0; left -= WORK_EVERY) {
      await this.#begin()
      this.#page?.monitor.activity() // the page may have been left for one without a client
      await this.#machine.kit.time.pass(Math.min(left, WORK_EVERY))
    }
  }

  async extend (): Promise<void> {
    await this.#act(async monitor => {
      if (this.state !== 'warning') throw new TestKitError(`no warning stands on the page ${this.url}`)
      await monitor.extend()
    })
  }

  async signOut (): Promise<void> {
    await this.#act(async monitor => {
      const { signOutUrl } = this.#loaded?.options ?? {}
      if (signOutUrl === undefined) {
        throw new TestKitError(`the page ${this.url} has no button "Sign out": sessionClient has no signOutUrl`)
      }
      await monitor.signOut()
    })
  }

  async toBack (): Promise<void> {
    await this.#turn(true, ['visibilitychange'])
  }

  async toFront (): Promise<void> {
    await this.#turn(false, ['visibilitychange', 'focus'])
  }

  async close (): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#page?.unload()
    this.#onClose()
    await this.#machine.kit.pending.settle()
  }

  async #act (act: (monitor: IdleMonitor) => unknown): Promise<void> {
    await this.#begin()
    if (this.#page === undefined) {
      throw new TestKitError(`the page ${this.url} has no browser client: it answered ${this.status}`)
    }
    await act(this.#page.monitor)
    await this.#machine.kit.pending.settle()
  }

  async #turn (isHidden: boolean, events: readonly string[]): Promise<void> {
    await this.#begin()
    if (this.#isHidden === isHidden) return
    this.#isHidden = isHidden
    for (const event of events) this.#page?.happens(event)
    await this.#machine.kit.pending.settle()
  }

  /** @throws {TestKitError} when the tab or the lid is closed */
  async #begin (): Promise<void> {
    if (!this.#isOpen) throw new TestKitError('this tab is closed')
    if (this.#machine.isLidClosed) throw new TestKitError('the lid of this machine is closed')
    await this.#machine.kit.time.takeMoment()
  }

  #leave (to: string, reason: PageEndReason): void {
    this.seen.push({ after: this.#after(), what: 'left', from: this.url, to, reason } satisfies Departure)
    const { pending } = this.#machine.kit
    pending.track(`the page ${to}`, this.#load(new URL(to, this.#url), 'navigate')).catch(() => {})
  }

  async #load (url: URL, navigation: Navigation): Promise<void> {
    this.#page?.unload()
    this.#page = undefined
    this.#loaded = undefined
    this.#url = url
    const load = ++this.#loads
    const loaded = await loadPage(this.#machine, url, this.#client)
    if (load !== this.#loads || !this.#isOpen) return
    this.#loaded = loaded
    this.#url = loaded.url
    const { options } = loaded
    if (options !== undefined) this.#page = new Page(this.#machine, this.#frame, { ...loaded, options, navigation })
  }

  #after (): number {
    return Math.round((this.#machine.kit.timeline.nowMs - this.#openedMs) / 1000)
  }
}
