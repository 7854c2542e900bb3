import type { SessionSecurity } from '../plugins/session-security-decorator.ts'
import { MemoryStore } from '../store/memory-store.ts'
import type { Application, BrowserOptions, FollowedPage, Follower, Given, KitOptions, SessionKit, TestBrowser } from './api.ts'
import { createBrowser } from './browser.ts'
import { buildWithContexts } from './contexts.ts'
import { TestKitError } from './errors.ts'
import { Followers } from './followers.ts'
import type { KitCore } from './kit-core.ts'
import { checkKitOptions, checkSeconds } from './kit-options.ts'
import { Pending } from './pending.ts'
import { ScheduledSweeps } from './scheduled-sweeps.ts'
import { signInWith } from './sign-in.ts'
import { TestClock } from './test-clock.ts'

/** In seconds. */
const MOMENT = 0.001

/**
 * Puts an application under a clock that the test moves, with browsers of the people who use it.
 *
 * @param build makes the application, with the store or the clock that it is given: `({ store }) => buildApp({ store })`
 * @throws {BadOptionError | UnknownOptionError}
 * @throws {TestKitError} when this package is not in it, or when its MemoryStore goes by another clock
 */
export async function sessionKit<App extends Application> (
  build: (given: Given) => App | PromiseLike<App>, options: KitOptions = {}
): Promise<SessionKit<App>> {
  checkKitOptions(build, options)
  const clock = new TestClock()
  const given = { store: new MemoryStore({ clock: clock.now }), clock: clock.now }
  const { app, found } = await buildWithContexts(() => build(given))
  try {
    return kitFor(app, found, clock, options)
  } catch (error) {
    await app.close()
    throw error
  }
}

function kitFor<App extends Application> (
  app: App, found: readonly SessionSecurity[], clock: TestClock, options: KitOptions
): SessionKit<App> {
  const [first] = found
  if (first === undefined) throw new TestKitError('fastify-session-security is not registered in the application that build() made')
  const fixed = found.map(({ shared: { store } }) => store).find(store => !clock.moves(store))
  if (fixed instanceof MemoryStore && !fixed.hasOwnTime) {
    throw new TestKitError('the MemoryStore of the application goes by another clock: give it the store that build() is given, or new MemoryStore({ clock })')
  }
  const pending = new Pending()
  const { timeline } = clock
  const followers = new Followers(pending)
  const sweeps = new ScheduledSweeps(found, timeline, pending)
  const browsers = new Set<TestBrowser>()
  let isPassing = false
  const settle = async (): Promise<void> => await pending.settle()

  async function pass (seconds: number): Promise<void> {
    if (fixed !== undefined && seconds > 0) {
      throw new TestKitError('the time of its store cannot be moved: Redis has its own, and other stores need the clock that build() is given')
    }
    if (isPassing) throw new TestKitError('time is being moved: await each call before the next one')
    isPassing = true
    try {
      sweeps.prepare(seconds)
      await followers.pass(seconds, async step => await timeline.pass(step, settle))
    } finally {
      isPassing = false
    }
  }

  const { pingUrl = '' } = first
  const core: KitCore = {
    app, timeline, pending, pingUrl, pass, takeMoment: async () => await timeline.pass(MOMENT, settle)
  }

  function browser (browserOptions?: BrowserOptions): TestBrowser {
    const made = createBrowser(core, browserOptions)
    browsers.add(made)
    return made
  }

  return {
    app,
    get nowMs () { return clock.now() },
    browser,
    signIn: async (user, browserOptions) => await signInWith(options.signIn, browser(browserOptions), user, pingUrl),
    async idle (seconds) {
      checkSeconds(seconds)
      await pass(seconds)
    },
    async revoke (user) {
      const ended = await Promise.all(found.map(async sessionSecurity => (await sessionSecurity.endUser(user)).ended))
      await Promise.all(found.map(async ({ shared: { delivery } }) => await delivery.drain()))
      await pending.settle()
      return ended.flat()
    },
    sweep: async () => await sweeps.run(),
    follow: async (page: FollowedPage): Promise<Follower> => await followers.add(page, { nowMs: clock.now(), pingUrl, pass }),
    async close () {
      for (const open of browsers) await open.quit()
      sweeps.stop()
      await app.close()
    }
  }
}
