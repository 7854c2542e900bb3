import type { FastifyInstance, FastifyRequest } from 'fastify'
import { html } from 'ghtml'
import type { Locale } from '../client/locales/locale.ts'
import { noticeText } from '../client/locales/notice-text.ts'
import { lookupTags, pickLocale } from '../client/locales/pick-locale.ts'
import { isSeconds } from '../core/clock.ts'
import { check } from '../option-checks.ts'
import { startTag } from './client-tags.ts'
import { joinTexts } from './client-texts.ts'
import type { PageState } from './page-state.ts'
import { pageStateOf } from './page-state.ts'
import type { PageTagOptions, TagOptions } from './tag-options.ts'
import { checkTagOptions, tagOptionsFor } from './tag-options.ts'

/** Matches the name of a file of texts. */
export const TEXTS = /^([a-z0-9-]{1,35})\.js$/

/** The parts of the client in one application. */
interface Client {
  readonly options: TagOptions
  readonly locales: readonly [Locale, ...Locale[]]
  /** The address of the files, under the version of all of them. */
  readonly folder: string
}

/** Makes the HTML that brings the browser client into a page: `fastify.sessionClient`. */
export class SessionClient {
  readonly #fastify: FastifyInstance
  readonly #client: Client

  constructor (fastify: FastifyInstance, client: Client) {
    this.#fastify = fastify
    this.#client = client
  }

  /**
   * Makes the tags for the `<head>`: the stylesheet, and the script with its settings.
   *
   * The tags need no escaping, and hold nothing inline. They are for the person of the request: no shared cache may
   * keep the page.
   *
   * @param request the request that the page answers. It tells whose page it is and the state of the session, so that
   * drafts are offered to the right person, and the page warns in time. Without it, no drafts are kept
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
      'data-frames': others.frames?.join(' '),
      'data-lang': lang,
      'data-texts': Object.keys(texts).length === 0 ? undefined : JSON.stringify(texts),
      'data-method': request?.method,
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
   * Returns the session's state, as `tags(request)` has it.
   *
   * It serves an application that starts the client itself. It is for the person of the request alone, as the tags are.
   */
  pageState (request: FastifyRequest): PageState {
    return pageStateOf(request)
  }

  /**
   * Makes a paragraph: "For your security, you are signed out after 10 minutes without activity."
   *
   * A page with a form must say so (https://www.w3.org/WAI/WCAG22/Understanding/timeouts).
   *
   * @param lang the language, as BCP 47 names it
   * @param expireAfter idle seconds. Default: the option; required if that is a function
   * @throws {BadOptionError}
   */
  notice (lang: string, expireAfter?: number): string {
    const seconds = expireAfter ?? this.#fastify.sessionSecurity.policy.expireAfter
    check('expireAfter', seconds, 'a number of seconds, or given to notice() where the option is a function', isSeconds)
    const { locales, options } = this.#client
    const texts = joinTexts(options.texts)
    const { lang: tag, dir } = { ...pickLocale(lang, locales), ...texts }
    const text = noticeText(lang, Number(seconds), { locales, texts })
    return html`!${startTag('p', { class: 'session-security-notice', lang: tag, dir })}${text}</p>`
  }
}

/**
 * Returns the file of a language that a page names. The name may come from a request: `../../logout?` gives no file.
 */
function textsOf (lang = ''): string {
  return `${lookupTags(lang)[0] ?? ''}.js`
}
