import type { FollowedPage, Follower } from './follow-api.ts'
import { checkFollowed, checkSeconds } from './kit-options.ts'
import type { KitTime } from './kit-time.ts'
import type { Pending } from './pending.ts'

/** The most steps in which the time of real pages is moved at once. */
const MOST_STEPS = 600

/** The shortest of them: so much behind the server's may the time of a page be while it is moved. */
const SHORTEST_STEP_MS = 1000

/** How much before the kit's time the clock of a page begins: it flows until it is paused. */
const HEAD_START_MS = 60_000

/** A clock of Playwright knows of no navigation: without this, a page takes what the server said of it for old. */
const NAVIGATION = `{
  const entries = performance.getEntriesByType
  performance.getEntriesByType = type => type === 'navigation'
    ? [{ type: 'navigate', requestStart: performance.now() }]
    : entries.call(performance, type)
}`

interface Machine {
  readonly clock: FollowedPage['clock']
  readonly follower: Follower
  isLidClosed: boolean
}

/** The machines of real browsers, whose time goes with that of a kit. */
export class Followers {
  readonly #pending: Pending
  readonly #machines: Machine[] = []

  constructor (pending: Pending) {
    this.#pending = pending
  }

  /** @throws {BadOptionError} for what is no page and no context */
  async add (page: FollowedPage, pingUrl: string, nowMs: number, time: Pick<KitTime, 'pass'>): Promise<Follower> {
    checkFollowed(page)
    const { clock } = page
    const known = this.#machines.find(machine => machine.clock === clock) // all pages of a context have one clock
    if (known !== undefined) return known.follower
    await clock.install({ time: nowMs - HEAD_START_MS })
    await clock.pauseAt(nowMs)
    await page.addInitScript(NAVIGATION)
    this.#waitForPings(page, pingUrl)
    const machine: Machine = {
      clock,
      isLidClosed: false,
      follower: {
        sleepLid: async seconds => {
          checkSeconds(seconds)
          machine.isLidClosed = true
          await time.pass(seconds).finally(() => { machine.isLidClosed = false })
          await clock.fastForward(Math.round(seconds * 1000))
          await this.#pending.settle()
        }
      }
    }
    this.#machines.push(machine)
    return machine.follower
  }

  /** Moves the time of all of them together, in steps. @param passHere moves that of the server */
  async pass (seconds: number, passHere: (seconds: number) => Promise<void>): Promise<void> {
    const awake = this.#machines.filter(machine => !machine.isLidClosed)
    if (awake.length === 0) return await passHere(seconds)
    const totalMs = Math.round(seconds * 1000)
    const stepMs = Math.max(SHORTEST_STEP_MS, Math.ceil(totalMs / MOST_STEPS))
    for (let leftMs = totalMs; leftMs > 0; leftMs -= stepMs) {
      const ms = Math.min(leftMs, stepMs)
      await passHere(ms / 1000)
      for (const { clock } of awake) await clock.runFor(ms)
      await this.#pending.settle()
    }
  }

  /** Time stands still until a ping is answered. */
  #waitForPings (page: FollowedPage, pingUrl: string): void {
    const asked = new Map<object, () => void>()
    page.on('request', request => {
      if (new URL(request.url()).pathname !== pingUrl) return
      const answered = new Promise<void>(resolve => { asked.set(request, resolve) })
      this.#pending.track(`a ping of ${request.url()}`, answered).catch(() => {})
    })
    const end = (request: object): void => {
      asked.get(request)?.()
      asked.delete(request)
    }
    page.on('requestfinished', end)
    page.on('requestfailed', end)
  }
}
