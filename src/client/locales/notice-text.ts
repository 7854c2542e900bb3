import { locales as all } from './all.ts'
import type { Locale } from './locale.ts'
import { durationText, fill } from './phrases.ts'
import { pickLocale } from './pick-locale.ts'

/**
 * Languages to choose from, and texts in place of a language's own. The first language is for people who read no other.
 */
export interface NoticeOptions {
  readonly locales?: readonly [Locale, ...Locale[]]
  readonly texts?: Partial<Locale>
}

/**
 * Returns a notice of the timeout, as WCAG 2.2.6 demands (https://www.w3.org/WAI/WCAG22/Understanding/timeouts). An
 * example is "For your security, you are signed out after 10 minutes without activity". People must be able to read it
 * before that happens. It runs on the server too. Escape it like any text.
 *
 * @param lang BCP 47; a language without a text gets the first of the languages
 * @param seconds the value of `expireAfter`; fractions are rounded up
 * @param options languages and texts of your own. Default: those of the client, English first
 */
export function noticeText (lang: string, seconds: number, { locales = all, texts }: NoticeOptions = {}): string {
  const locale = { ...pickLocale(lang, locales), ...texts }
  return fill(locale.notice, durationText(locale, Math.ceil(seconds)))
}
