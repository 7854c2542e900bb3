import type { FastifyRequest } from 'fastify'
import { check, isDestination, isFunction, refuseUnknown } from '../../option-checks.ts'

export interface SessionAdminOptions {
  /**
   * Who may see and end everybody's sessions. Only `true` lets in, anything else is answered 403; what it throws is answered as
   * usual. Asked in `onRequest` of every request, those for the files of the page too: there is a session by then, but no body. Required.
   */
  authorize: (request: FastifyRequest) => boolean | Promise<boolean>
  /** The name under which the log and the token registry keep who did something. Default: what `userOf` says. */
  who?: ((request: FastifyRequest) => string | number | null | undefined) | undefined
  /** Rows of a page, 1 to 100. Default 50. */
  pageSize?: number | undefined
  /** Where the pages are. Default `/session_security/admin`. */
  prefix?: string
  /** The application's own page that each page leads back to. Default `/`. */
  homeUrl?: string | undefined
  /** Where a `POST` signs the operator out, for the warning. Default: what `sessionClient` says, or no such button. */
  signOutUrl?: string | undefined
  /**
   * The page to sign in at, where the browser goes when the operator's session ends. Default: what `sessionClient` says, or
   * the same page again.
   */
  loginUrl?: string | undefined
}

export interface AdminPolicy extends Readonly<Pick<SessionAdminOptions,
  | 'authorize' | 'who' | 'signOutUrl' | 'loginUrl'>> {
  readonly pageSize: number
  readonly homeUrl: string
}

export const DEFAULT_PREFIX = '/session_security/admin'

const DESTINATIONS = ['homeUrl', 'signOutUrl', 'loginUrl'] as const

/** @throws {BadOptionError | UnknownOptionError} */
export function resolveAdminOptions ({ prefix, ...options }: SessionAdminOptions): AdminPolicy {
  refuseUnknown(options, ['authorize', 'who', 'pageSize', ...DESTINATIONS])
  const { authorize, who, pageSize = 50, homeUrl = '/', signOutUrl, loginUrl } = options
  check(
    'authorize', authorize, 'a function (request) => boolean: whoever it lets in may end everybody\'s sessions',
    isFunction
  )
  check('who', who, 'a function', value => value === undefined || isFunction(value))
  check(
    'pageSize', pageSize, 'a whole number from 1 to 100',
    value => Number.isInteger(value) && pageSize >= 1 && pageSize <= 100
  )
  for (const name of DESTINATIONS) {
    const isValid = (value: unknown): boolean => value === undefined || isDestination(value)
    check(name, options[name], 'a path that starts with one "/", or an http(s) URL', isValid)
  }
  return Object.freeze({ authorize, who, pageSize, homeUrl, signOutUrl, loginUrl })
}
