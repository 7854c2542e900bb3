import { TestKitError } from './errors.ts'
import type { FollowedContext, FollowedPage, Follower } from './follow-api.ts'
import { WAIT_FOR_PAGE, followScript } from './follow-script.ts'
import { checkFollowed, checkSeconds } from './kit-options.ts'
import { Loads } from './loads.ts'
import type { Pending } from './pending.ts'

/** The most steps in which the time of real pages is moved at once. */
const MOST_STEPS = 600

/** The shortest step. A page may be this far behind the server while time moves. */
const SHORTEST_STEP_MS = 1000

/** Milliseconds by which the clock of a page begins before the kit's time. It runs until the kit pauses it. */
const HEAD_START_MS = 60_000

interface Machine {
  readonly context: FollowedContext
  readonly loads: Loads
  readonly follower: Follower
  isLidClosed: boolean
}

/** The machines of real browsers, whose time goes with that of a kit. */
export class Followers {
  readonly #pending: Pending
  readonly #machines = new Set<Machine>()

  constructor (pending: Pending) {
    this.#pending = pending
  }

  /**
   * @throws {BadOptionError} for a value that is no page and no context
   * @throws {TestKitError} when a page is loaded already
   */
  async add (
    followed: FollowedPage | FollowedContext, pingUrl: string, nowMs: number,
    time: { pass (seconds: number): Promise<void> }
  ): Promise<Follower> {
    checkFollowed(followed)
    const context = 'context' in followed ? followed.context() : followed
    const known = [...this.#machines].find(machine => machine.context === context)
    if (known !== undefined) return known.follower
    const loaded = context.pages().map(page => page.url()).find(url => url !== 'about:blank')
    if (loaded !== undefined) {
      throw new TestKitError(`kit.follow() comes too late: call it before a page of the context shows ${loaded}`)
    }
    await context.clock.install({ time: nowMs - HEAD_START_MS })
    await context.clock.pauseAt(nowMs)
    await context.addInitScript(followScript(pingUrl))
    const machine: Machine = {
      context,
      loads: new Loads(context),
      isLidClosed: false,
      follower: {
        sleepLid: async seconds => {
          checkSeconds(seconds)
          machine.isLidClosed = true
          await time.pass(seconds).finally(() => { machine.isLidClosed = false })
          await context.clock.fastForward(Math.round(seconds * 1000))
          await this.#settle([machine])
        }
      }
    }
    this.#machines.add(machine)
    context.on('close', () => { this.#machines.delete(machine) })
    return machine.follower
  }

  /**
   * Moves the time of all machines together, in steps.
   *
   * @param passHere moves the time of the server
   */
  async pass (seconds: number, passHere: (seconds: number) => Promise<void>): Promise<void> {
    const awake = [...this.#machines].filter(machine => !machine.isLidClosed)
    if (awake.length === 0) return await passHere(seconds)
    const totalMs = Math.round(seconds * 1000)
    const stepMs = Math.max(SHORTEST_STEP_MS, Math.ceil(totalMs / MOST_STEPS))
    await this.#settle(awake)
    for (let leftMs = totalMs; leftMs > 0; leftMs -= stepMs) {
      const ms = Math.min(leftMs, stepMs)
      await passHere(ms / 1000)
      for (const { context: { clock } } of awake) await clock.runFor(ms)
      await this.#settle(awake)
    }
  }

  /**
   * Waits, while time stands still, until all pages have started and all pings are answered. A part of a page may ask
   * for another one, so it looks again until nothing has changed.
   */
  async #settle (machines: readonly Machine[]): Promise<void> {
    const countChanges = (): number => machines.reduce((sum, { loads }) => sum + loads.changes, 0)
    let changes
    do {
      changes = countChanges()
      const pages = machines.flatMap(({ context }) => context.pages())
      // A page that navigates meanwhile has no pings any more.
      const ready = pages.map(async page => await page.evaluate(WAIT_FOR_PAGE).catch(() => {}))
      const parts = machines.map(async ({ loads }) => await loads.ended())
      this.#pending.track('a page, or a ping of it,', Promise.all([...ready, ...parts])).catch(() => {})
      await this.#pending.settle()
    } while (countChanges() !== changes)
  }
}
