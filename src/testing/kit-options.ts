import { MAX_SECONDS } from '../core/clock.ts'
import { check, isFunction, isObject, refuseUnknown } from '../option-checks.ts'
import type { BrowserOptions } from './browser-api.ts'
import type { KitOptions } from './kit-api.ts'
import type { ClientSettings } from './tab-api.ts'

/** The settings of the client that a test may give. */
const CLIENT = [
  'pingUrl', 'signOutUrl', 'redirectToLogout', 'loginUrl', 'extendBy', 'onEnd', 'tag', 'user', 'view'
] as const satisfies ReadonlyArray<keyof ClientSettings>

/** @throws {BadOptionError | UnknownOptionError} */
export function checkKitOptions (build: unknown, options: KitOptions): void {
  check('build', build, 'a function that makes the application', isFunction)
  check('options', options, 'an object with signIn, or none', isObject)
  refuseUnknown(options, ['signIn'])
  check('signIn', options.signIn, 'a function of a browser and a user', absentOr(isFunction))
}

/** @throws {BadOptionError | UnknownOptionError} */
export function checkBrowserOptions (options: BrowserOptions): void {
  check('options', options, 'an object with headers, or none', isObject)
  refuseUnknown(options, ['headers'])
  check('headers', options.headers, 'an object of texts', absentOr(headers => {
    return isObject(headers) && Object.values(Object(headers)).every(value => typeof value === 'string')
  }))
}

/** @throws {BadOptionError} */
export function checkSeconds (seconds: unknown): void {
  check('seconds', seconds, 'a number of seconds, 0 or more', value => {
    return typeof value === 'number' && value >= 0 && value <= MAX_SECONDS
  })
}

/** @throws {BadOptionError} */
export function checkFollowed (page: unknown): void {
  check('page', page, 'a page or a context of Playwright, with a clock', value => {
    const { context, pages, clock } = Object(value)
    return isFunction(context) || (isFunction(pages) && isObject(clock))
  })
}

/** @throws {BadOptionError} */
export function checkUrl (url: unknown): void {
  check('url', url, 'a path that starts with one "/"', value => typeof value === 'string' && /^\/(?!\/)/.test(value))
}

/** @throws {BadOptionError} */
export function checkRequest (options: unknown): void {
  check('options', options, 'an object of app.inject(), with a url', value => {
    const { url, path } = Object(value)
    return isObject(value) && (url ?? path) !== undefined
  })
}

/** @throws {BadOptionError | UnknownOptionError} */
export function checkClient (client: ClientSettings | undefined): void {
  check('client', client, 'an object of settings of the client', absentOr(isObject))
  if (client !== undefined) refuseUnknown(client, CLIENT)
}

function absentOr (holds: (value: unknown) => boolean): (value: unknown) => boolean {
  return value => value === undefined || holds(value)
}
