import type { FastifyRequest } from 'fastify'
import { check, isDestination, isFunction, refuseUnknown } from '../option-checks.ts'

/** The options of `sessionAdmin`. `authorize` is required. */
export interface SessionAdminOptions {
  /**
   * Decides whether the person of a request may see and end all sessions.
   *
   * Only `true` lets in; any other answer is 403, and the application's error handler answers a thrown error. The
   * plugin calls it in `onRequest` of every request, also for the files of the pages: the session is loaded by then,
   * the body is not read.
   */
  authorize: (request: FastifyRequest) => boolean | Promise<boolean>
  /** Names the operator, for the log, for lists, and for the token registry. Default: the user of `userOf`. */
  who?: ((request: FastifyRequest) => string | number | null | undefined) | undefined
  /** Rows of a page, 1 to 100. Default 50. */
  pageSize?: number | undefined
  /** The path of the pages, without parameters. Default `/session_security/admin`. */
  prefix?: string
  /** The page of the application to which each page leads back. Default `/`. */
  homeUrl?: string | undefined
  /**
   * The address at which a `POST` signs the operator out. Default: that of `sessionClient`.
   *
   * Without one, the warning has no such button.
   */
  signOutUrl?: string | undefined
  /**
   * The sign-in page, to which the browser goes when the operator's session ends.
   *
   * Default: that of `sessionClient`, or the same page.
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
    'authorize', authorize, 'a function (request) => boolean: a person whom it lets in may end all sessions',
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
