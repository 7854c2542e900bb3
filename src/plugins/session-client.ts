import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Locale } from '../client/locales/locale.ts'
import { noticeText } from '../client/locales/notice-text.ts'
import { findLocale, lookupTags, pickLocale } from '../client/locales/pick-locale.ts'
import { isSeconds } from '../core/clock.ts'
import { check, prefixOf } from '../option-checks.ts'
import { HIDDEN_SCHEMA, ownRouteConfig } from '../request/own-routes.ts'
import { addressIn } from './address.ts'
import type { ClientFiles } from './client-files.ts'
import { loadClientFiles } from './client-files.ts'
import { escapeHtml, startTag } from './client-tags.ts'
import { joinTexts, languagesWith } from './client-texts.ts'
import type { PageState } from './page-state.ts'
import { pageStateOf } from './page-state.ts'
import type { StaticFile } from './static-file.ts'
import { sendFile } from './static-file.ts'
import type { PageTagOptions, SessionClientOptions, TagOptions } from './tag-options.ts'
import { checkClientOptions, checkTagOptions, tagOptionsFor } from './tag-options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessionClient: SessionClient
  }
}

const FOLDER = '/session_security'

/** A file of texts. */
const TEXTS = /^([a-z0-9-]{1,35})\.js$/

/** What the client is made of, in one application. */
interface Client {
  readonly options: TagOptions
  readonly locales: readonly [Locale, ...Locale[]]
  /** Where the files are, under the version of all of them. */
  readonly folder: string
}

/** `fastify.sessionClient`: makes the HTML that brings the browser client into a page. */
export class SessionClient {
  readonly #fastify: FastifyInstance
  readonly #client: Client

  constructor (fastify: FastifyInstance, client: Client) {
    this.#fastify = fastify
    this.#client = client
  }

  /**
   * Makes the tags for the `<head>`: the stylesheet, and the script with what it must know. They need no escaping, and
   * hold nothing inline. They are for the person of the request: no shared cache may keep the page.
   *
   * @param request the request that the page answers. It tells whose page it is and the state of the session, so that
   *   drafts are offered to the right person, and the page warns in time. Without it, no drafts are kept
   * @param page options for this page alone; they outweigh those of `sessionClient`
   * @throws {BadOptionError | UnknownOptionError}
   */
  tags (request?: FastifyRequest, page: PageTagOptions = {}): string {
    checkTagOptions(page)
    const { folder, options } = this.#client
    const { forms, lang, drafts = true, nonce, ...others } = tagOptionsFor(options, page)
    const { user, tag, view, draftKey }: PageState = request === undefined ? {} : pageStateOf(request)
    const texts = joinTexts(options.texts, page.texts)
    const link = (rel: string, file: string): string => startTag('link', { rel, href: `${folder}/${file}`, nonce })
    const script = {
      type: 'module',
      src: `${folder}/client.js`,
      nonce,
      'data-ping-url': others.pingUrl ?? this.#fastify.sessionSecurity.pingUrl,
      'data-push-url': others.pushUrl ?? this.#fastify.sessionSecurity.pushUrl,
      'data-sign-out-url': others.signOutUrl,
      'data-sign-out-selector': others.signOutSelector,
      'data-csrf-token': others.csrfToken,
      'data-csrf-header': others.csrfHeader,
      'data-csrf-field': others.csrfField,
      'data-login-url': others.loginUrl,
      'data-extend-by': others.extendBy,
      'data-redirect-to-logout': this.#fastify.sessionSecurity.shared.policy.redirectToLogout,
      'data-forms': forms,
      'data-drafts': drafts ? undefined : 'off',
      'data-frames': others.frames?.join(' '),
      'data-lang': lang,
      'data-texts': Object.keys(texts).length === 0 ? undefined : JSON.stringify(texts),
      'data-tag': tag,
      'data-user': user === null ? '' : user,
      'data-view': view === undefined ? undefined : JSON.stringify(view),
      'data-draft-key': drafts && forms !== 'off' ? draftKey : undefined
    }
    return [
      link('stylesheet', 'client.css'),
      ...(forms === 'off' ? [] : [link('modulepreload', 'forms.js')]),
      ...(TEXTS.test(textsOf(lang)) ? [link('modulepreload', `texts/${textsOf(lang)}`)] : []),
      `${startTag('script', script)}</script>`
    ].join('\n')
  }

  /**
   * Tells what `tags(request)` says of the session, for an application that starts the client itself. It is for the
   * person of the request alone, as the tags are.
   */
  pageState (request: FastifyRequest): PageState {
    return pageStateOf(request)
  }

  /**
   * Makes a paragraph: "For your security, you are signed out after 10 minutes without activity." A page with a form
   * must say so (https://www.w3.org/WAI/WCAG22/Understanding/timeouts).
   *
   * @param lang the language, as BCP 47 names it
   * @param expireAfter idle seconds. Default: the option; required where that is a function
   * @throws {BadOptionError}
   */
  notice (lang: string, expireAfter?: number): string {
    const seconds = expireAfter ?? this.#fastify.sessionSecurity.policy.expireAfter
    check('expireAfter', seconds, 'a number of seconds, or given to notice() where the option is a function', isSeconds)
    const { locales, options } = this.#client
    const texts = joinTexts(options.texts)
    const { lang: tag, dir } = { ...pickLocale(lang, locales), ...texts }
    const text = noticeText(lang, Number(seconds), { locales, texts })
    return `${startTag('p', { class: 'session-security-notice', lang: tag, dir })}${escapeHtml(text)}</p>`
  }
}

/**
 * Serves the browser client, and decorates Fastify with `sessionClient`. Register it after `sessionSecurity`.
 *
 * @throws {BadOptionError | UnknownOptionError} when it is registered
 */
export const sessionClient: FastifyPluginAsync<SessionClientOptions> = fp(client, {
  fastify: '5.x',
  name: 'fastify-session-security/client',
  dependencies: ['fastify-session-security']
})

async function client (fastify: FastifyInstance, options: SessionClientOptions): Promise<void> {
  checkClientOptions(options)
  const { prefix = '', languages = [], ...tagOptions } = options
  const { log, policy } = fastify.sessionSecurity.shared
  check('pingFormat', policy.pingFormat, '"view" where sessionClient is registered without a pingUrl of its own',
    format => format === 'view' || options.pingUrl !== undefined)
  const place = prefixOf(prefix)
  const locales = languagesWith(languages, (lang, texts) => {
    log.warn({ lang, texts }, 'a language of the option "languages" does not have all texts: these are English')
  })
  const files = await loadClientFiles(locales)
  const folder = `${addressIn(fastify, place + FOLDER)}/${files.version}`
  fastify.decorate('sessionClient', new SessionClient(fastify, { options: tagOptions, locales, folder }))
  await fastify.register(async function clientFiles (child) {
    const route = { config: ownRouteConfig(), schema: HIDDEN_SCHEMA, exposeHeadRoute: true }
    for (const folder of [FOLDER, `${FOLDER}/:version`]) {
      for (const file of files.files) {
        child.get(`${folder}/${file.name}`, { ...route, handler: serve(() => file, files) })
      }
      const texts = serve(request => textsFor(request, locales, files), files)
      child.get(`${folder}/texts/:file`, { ...route, handler: texts })
    }
  }, { prefix: place })
}

/** The file of a language that a page names, which may have come with a request: `../../logout?` is none. */
function textsOf (lang = ''): string {
  return `${lookupTags(lang)[0] ?? ''}.js`
}

/** Each language is there under every tag that it is right for, so that a page need not know which there are. */
function textsFor (
  { params }: FastifyRequest, locales: readonly [Locale, ...Locale[]], { texts }: ClientFiles
): StaticFile | undefined {
  const [, lang] = TEXTS.exec(String(Object(params).file)) ?? []
  if (lang === undefined) return undefined
  const { lang: found } = findLocale(lang, locales) ?? locales[0]
  return texts.get(found.toLowerCase())
}

function serve (find: (request: FastifyRequest) => StaticFile | undefined, { version }: ClientFiles) {
  return async function serveFile (request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const file = find(request)
    if (file === undefined) return reply.callNotFound()
    // Another node may have another version: what it was asked for under the other's address is not for ever.
    const isThisVersion = Object(request.params).version === version
    return await sendFile(request, reply, file, version, isThisVersion ? 'public' : false)
  }
}
