import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { locales } from '../client/locales/all.ts'
import { noticeText } from '../client/locales/notice-text.ts'
import { pickLocale } from '../client/locales/pick-locale.ts'
import { tagOf } from '../core/wire.ts'
import { check, isDestination, pick, prefixOf, refuseUnknown } from '../option-checks.ts'
import { isSeconds } from '../core/clock.ts'
import { ownRouteConfig } from '../request/own-routes.ts'
import { identityOf } from '../request/request-policy.ts'
import { contextOf } from '../request/request-session.ts'
import { addressIn } from './address.ts'
import type { ClientFile } from './client-files.ts'
import { loadClientFiles } from './client-files.ts'
import { escapeHtml, startTag, userKey } from './client-tags.ts'

/** What the browser side is told. All of it may be given to `tags()` too, for one page. */
export interface TagOptions {
  /** Where a `POST` signs out. Default none: the warning has no such button. */
  readonly signOutUrl?: string | undefined
  /** The page to sign in at, where the browser goes at the end: with `?next=<page>&reason=<why>`. Default: to the same page again. */
  readonly loginUrl?: string | undefined
  /** What puts the end off while the warning stands. Default `activity`. */
  readonly extendBy?: 'activity' | 'button' | undefined
  /** Selects the forms to guard, or `off`. Default: all but searches. */
  readonly forms?: string | undefined
  /** BCP 47. Default: that of `<html lang>`. */
  readonly lang?: string | undefined
  /** Where the ping route is. Default: where `sessionSecurity` put it. */
  readonly pingUrl?: string | undefined
}

export interface SessionClientOptions extends TagOptions {
  /** Put before the addresses of the files. */
  readonly prefix?: string
}

declare module 'fastify' {
  interface FastifyInstance {
    sessionClient: SessionClient
  }
}

const FOLDER = '/session_security'
/** From @fastify/swagger: it documents what an API is asked for. */
const HIDDEN = { hide: true, response: {} }

const TAG_KEYS = ['signOutUrl', 'loginUrl', 'extendBy', 'forms', 'lang', 'pingUrl'] as const

/** `fastify.sessionClient`: the HTML that brings the browser side into a page. */
export class SessionClient {
  readonly #fastify: FastifyInstance
  readonly #options: TagOptions
  readonly #addresses: readonly string[]

  constructor (fastify: FastifyInstance, options: TagOptions, addresses: readonly string[]) {
    this.#fastify = fastify
    this.#options = options
    this.#addresses = addresses
  }

  /**
   * The tags for the `<head>`: the stylesheet, and the script with what it must know. Nothing inline, nothing that needs
   * escaping.
   *
   * @param request the request that the page is for: says whose page it is, so that drafts are offered to the right person
   *   and a page out of the browser's cache is left when its session is over
   * @throws {BadOptionError | UnknownOptionError}
   */
  tags (request?: FastifyRequest, options: TagOptions = {}): string {
    checkTagOptions(options)
    const { signOutUrl, loginUrl, extendBy, forms, lang, pingUrl = this.#fastify.sessionSecurity.pingUrl } =
      { ...this.#options, ...pick(options, TAG_KEYS) }
    const { policy } = this.#fastify.sessionSecurity.shared
    const [src, href] = this.#addresses
    const context = request === undefined ? undefined : contextOf(request)
    const handle = context?.record == null ? null : context.handle
    const user = handle === null || request === undefined ? undefined : identityOf(policy, request.session).user
    const script = {
      type: 'module',
      src,
      'data-ping-url': pingUrl,
      'data-sign-out-url': signOutUrl,
      'data-login-url': loginUrl,
      'data-extend-by': extendBy,
      'data-redirect-to-logout': policy.redirectToLogout,
      'data-forms': forms,
      'data-lang': lang,
      'data-tag': handle === null ? undefined : tagOf(handle),
      'data-user': user === undefined ? undefined : userKey(user)
    }
    return `${startTag('link', { rel: 'stylesheet', href })}\n${startTag('script', script)}</script>`
  }

  /**
   * "For your security, you are signed out after 10 minutes without activity", as a paragraph: what a page with a form
   * must say (https://www.w3.org/WAI/WCAG22/Understanding/timeouts).
   *
   * @param lang BCP 47
   * @param expireAfter idle seconds. Default: the option, where that is no function
   * @throws {BadOptionError}
   */
  notice (lang: string, expireAfter?: number): string {
    const seconds = expireAfter ?? this.#fastify.sessionSecurity.policy.expireAfter
    check('expireAfter', seconds, 'a number of seconds, or given to notice() where the option is a function', isSeconds)
    const locale = pickLocale(lang, locales)
    const tag = startTag('p', { class: 'session-security-notice', lang: locale.lang, dir: locale.dir })
    return `${tag}${escapeHtml(noticeText(lang, Number(seconds)))}</p>`
  }
}

/**
 * Serves the browser side, and gives the tags for it. Register it after `sessionSecurity`.
 *
 * @throws {BadOptionError | UnknownOptionError}
 */
export const sessionClient: FastifyPluginAsync<SessionClientOptions> = fp(client, {
  fastify: '5.x',
  name: 'fastify-session-security/client',
  dependencies: ['fastify-session-security']
})

async function client (fastify: FastifyInstance, { prefix = '', ...options }: SessionClientOptions): Promise<void> {
  refuseUnknown(options, [...TAG_KEYS, 'prefix'])
  checkTagOptions(options)
  const place = prefixOf(prefix)
  const files = await loadClientFiles()
  const folder = addressIn(fastify, place + FOLDER)
  fastify.decorate('sessionClient', new SessionClient(fastify, options, files.map(({ name, hash }) => `${folder}/${hash}/${name}`)))
  await fastify.register(async function clientFiles (child) {
    for (const file of files) {
      const route = { config: ownRouteConfig(), schema: HIDDEN, exposeHeadRoute: true, handler: serve(file) }
      child.get(`${FOLDER}/${file.name}`, route)
      child.get(`${FOLDER}/:hash/${file.name}`, route)
    }
  }, { prefix: place })
}

function serve ({ content, hash, type }: ClientFile): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const etag = `"${hash}"`
  return async function serveFile (request, reply) {
    // Whoever keeps a copy for everybody must not keep anybody's cookie with it.
    contextOf(request)?.detach()
    // Another node may have another version: what it was asked for under the other's address is not for ever.
    const isForEver = Object(request.params).hash === hash
    reply.headers({
      etag,
      'cache-control': isForEver ? 'public, max-age=31536000, immutable' : 'no-cache',
      'x-content-type-options': 'nosniff'
    })
    if (request.headers['if-none-match']?.split(/,\s*/).some(known => known.replace(/^W\//, '') === etag) === true) return await reply.code(304).send()
    return await reply.type(type).send(content)
  }
}

/** @throws {BadOptionError | UnknownOptionError} */
function checkTagOptions (options: TagOptions): void {
  refuseUnknown(options, TAG_KEYS)
  for (const name of ['signOutUrl', 'loginUrl', 'pingUrl'] as const) {
    check(name, options[name], 'a path that starts with one "/", or an http(s) URL', value => value === undefined || isDestination(value))
  }
  for (const name of ['forms', 'lang'] as const) {
    check(name, options[name], 'a string that is not empty', value => value === undefined || (typeof value === 'string' && value !== ''))
  }
  check('extendBy', options.extendBy, '"activity" or "button"', value => value === undefined || value === 'activity' || value === 'button')
}
