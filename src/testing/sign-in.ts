import { check } from '../option-checks.ts'
import type { TestBrowser } from './browser-api.ts'
import { TestKitError } from './errors.ts'
import type { KitOptions } from './kit-api.ts'

/**
 * Signs a user in by the option `signIn`, and checks that by a ping.
 *
 * @throws {TestKitError}
 */
export async function signInWith (
  signIn: KitOptions['signIn'], browser: TestBrowser, user: string, pingUrl: string
): Promise<TestBrowser> {
  check('user', user, 'a text', value => typeof value === 'string')
  if (signIn === undefined) {
    throw new TestKitError('kit.signIn() needs the option "signIn": ' +
      'sessionKit(build, { signIn: (browser, user) => browser.post("/sign-in", { user }) })')
  }
  const answer: unknown = await signIn(browser, user)
  const view = (await browser.get(pingUrl)).json() as { readonly state?: string }
  if (view.state === 'ended') throw new TestKitError(`nobody is signed in after signIn(), which ${answerOf(answer)}`)
  return browser
}

/** Describes the answer of a sign-in, for the error. */
function answerOf (answer: unknown): string {
  const { statusCode, body } = Object(answer) as { readonly statusCode?: unknown, readonly body?: unknown }
  if (statusCode === undefined) return 'gave no answer back'
  return `was answered ${String(statusCode)}: ${String(body).slice(0, 80)}`
}
