import type { SessionSecurity } from '../administration/session-security-decorator.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import type { BrowserOptions, TestBrowser } from './browser-api.ts'
import { createBrowser } from './browser.ts'
import { buildWithContexts } from './contexts.ts'
import { TestKitError } from './errors.ts'
import { Followers } from './followers.ts'
import type { Application, Given, KitOptions, SessionKit } from './kit-api.ts'
import { checkKitOptions, checkSeconds } from './kit-options.ts'
import { KitTime } from './kit-time.ts'
import { Pending } from './pending.ts'
import { ScheduledSweeps } from './scheduled-sweeps.ts'
import { signInWith } from './sign-in.ts'
import { TestClock } from './test-clock.ts'

/**
 * Puts an application under a clock that the test moves, with browsers of its users.
 *
 * @param build makes the application, with the store or the clock that it gets: `({ store }) => buildApp({ store })`
 * @throws {BadOptionError | UnknownOptionError} for a wrong option
 * @throws {TestKitError} when the application has not registered this package, or its MemoryStore has another clock
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
  app: App, found: readonly SessionSecurity[], clock: TestClock, { signIn }: KitOptions
): SessionKit<App> {
  const [first] = found
  if (first === undefined) {
    throw new TestKitError('fastify-session-security is not registered in the application that build() made')
  }
  const fixed = found.map(({ shared: { store } }) => store).find(store => !clock.moves(store))
  if (fixed instanceof MemoryStore && !fixed.hasOwnTime) {
    throw new TestKitError('the MemoryStore of the application goes by another clock: ' +
      'give it the store that build() is given, or new MemoryStore({ clock })')
  }
  const { timeline } = clock
  const { pingUrl = '' } = first
  const pending = new Pending()
  const followers = new Followers(pending)
  const sweeps = new ScheduledSweeps(found, timeline, pending)
  const time = new KitTime({ timeline, pending, followers, sweeps, fixed })
  const browsers: TestBrowser[] = []

  function openBrowser (options?: BrowserOptions): TestBrowser {
    const browser = createBrowser({ app, timeline, pending, pingUrl, time }, options)
    browsers.push(browser)
    return browser
  }

  return {
    app,
    get nowMs () { return clock.now() },
    browser: openBrowser,
    signIn: async (user, options) => await signInWith(signIn, openBrowser(options), user, pingUrl),
    async idle (seconds) {
      checkSeconds(seconds)
      await time.pass(seconds)
    },
    async revoke (user) {
      const ended = await Promise.all(found.map(async context => (await context.endUser(user)).ended))
      await Promise.all(found.map(async ({ shared: { notifier } }) => await notifier.drain()))
      await pending.settle()
      return ended.flat()
    },
    sweep: async () => await sweeps.run(),
    follow: async page => await followers.add(page, pingUrl, clock.now(), time),
    async close () {
      try {
        for (const browser of browsers) await browser.quit()
      } finally {
        sweeps.stop()
        await app.close()
      }
    }
  }
}
