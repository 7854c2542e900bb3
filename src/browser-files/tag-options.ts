import { isOrigin } from '../http/request-origin.ts'
import { check, isBoolean, isDestination, pick, refuseUnknown } from '../option-checks.ts'
import type { OwnLanguage, Texts } from './client-texts.ts'
import { checkLanguages, checkTexts } from './client-texts.ts'

/** The options that `sessionClient` takes for all pages, and `tags()` for one. */
export interface TagOptions {
  /** The address at which a `POST` signs out. Default none: the warning has no such button. */
  readonly signOutUrl?: string | undefined
  /** Selects the page's own forms and links that sign out. Default: those with `data-session-sign-out`. */
  readonly signOutSelector?: string | undefined
  /**
   * The sign-in page, to which the browser goes at the end. Default: the same page again.
   *
   * The browser adds `?next=<page>&reason=<why>`.
   */
  readonly loginUrl?: string | undefined
  /**
   * Decides what extends the session while the warning stands: any `activity`, or only the `button`. Default
   * `activity`.
   */
  readonly extendBy?: 'activity' | 'button' | undefined
  /** Selects the forms to guard, or `off`. Default: all but searches and those with `data-no-guard`. */
  readonly forms?: string | undefined
  /** Tells whether the tab keeps drafts for a person who has to sign in again. Default `true`. */
  readonly drafts?: boolean | undefined
  /** Origins of other sites whose pages in frames may post activity. Default none. */
  readonly frames?: readonly string[] | undefined
  /** The language, as BCP 47 names it. Default: that of `<html lang>`. */
  readonly lang?: string | undefined
  /**
   * Texts that replace those of any language. Default none.
   *
   * The option `languages` replaces texts of one language.
   */
  readonly texts?: Texts | undefined
  /** The header that carries the token of a sign-out. Default `csrf-token`, which @fastify/csrf-protection reads. */
  readonly csrfHeader?: string | undefined
  /** The form field that carries it too, for a server that parses forms. Default none. */
  readonly csrfField?: string | undefined
  /** The address of the ping route. Default: that of `sessionSecurity`. */
  readonly pingUrl?: string | undefined
  /** The address of the push route. Default: that of `sessionSecurity`, if it has `pushUrl`. */
  readonly pushUrl?: string | undefined
}

/** The options of `tags()`, for one page. */
export interface PageTagOptions extends TagOptions {
  /** The token that protects a sign-out against request forgery: `reply.generateCsrf()`. Default none. */
  readonly csrfToken?: string | undefined
  /** The nonce of the page's Content-Security-Policy. Default none. */
  readonly nonce?: string | undefined
}

/** The options of `sessionClient`, for all pages. */
export interface SessionClientOptions extends TagOptions {
  /** Languages of the application's own, or other texts for languages of the client. Default none. */
  readonly languages?: readonly OwnLanguage[] | undefined
  /** A path that is put before the addresses of the files. Default none. */
  readonly prefix?: string
}

const TAG_KEYS = [
  'signOutUrl', 'signOutSelector', 'loginUrl', 'extendBy', 'forms', 'drafts', 'frames', 'lang', 'texts', 'csrfHeader',
  'csrfField', 'pingUrl', 'pushUrl'
] as const

const PAGE_KEYS = [...TAG_KEYS, 'csrfToken', 'nonce'] as const

/** The characters of a header's name: https://www.rfc-editor.org/rfc/rfc9110#name-tokens. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

/** @throws {BadOptionError | UnknownOptionError} */
export function checkClientOptions ({ languages, prefix: _prefix, ...options }: SessionClientOptions): void {
  refuseUnknown(options, [...TAG_KEYS, 'languages', 'prefix'])
  checkLanguages(languages)
  checkValues(options)
}

/** @throws {BadOptionError | UnknownOptionError} */
export function checkTagOptions (options: PageTagOptions): void {
  refuseUnknown(options, PAGE_KEYS)
  checkValues(options)
}

/** Returns the registered options with those of one page, which outweigh them. */
export function tagOptionsFor (registered: TagOptions, page: PageTagOptions): PageTagOptions {
  return { ...registered, ...pick(page, PAGE_KEYS) }
}

function checkValues (options: PageTagOptions): void {
  for (const name of ['signOutUrl', 'loginUrl', 'pingUrl', 'pushUrl'] as const) {
    check(name, options[name], 'a path that starts with one "/", or an http(s) URL', absentOr(isDestination))
  }
  for (const name of ['forms', 'lang', 'signOutSelector', 'csrfField', 'csrfToken', 'nonce'] as const) {
    check(name, options[name], 'a string that is not empty', absentOr(isFilled))
  }
  const { csrfHeader, frames, drafts, extendBy, texts } = options
  check('csrfHeader', csrfHeader, 'the name of a header', absentOr(isToken))
  check('frames', frames, 'an array of origins such as "https://editor.example"', absentOr(isOrigins))
  check('drafts', drafts, 'true or false', absentOr(isBoolean))
  check('extendBy', extendBy, '"activity" or "button"', absentOr(value => value === 'activity' || value === 'button'))
  checkTexts('texts', texts)
}

function absentOr (holds: (value: unknown) => boolean): (value: unknown) => boolean {
  return value => value === undefined || holds(value)
}

function isFilled (value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isToken (value: unknown): boolean {
  return typeof value === 'string' && TOKEN.test(value)
}

function isOrigins (value: unknown): boolean {
  return Array.isArray(value) && value.every(isOrigin)
}
