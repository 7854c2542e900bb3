import { locales as all } from './all.ts'
import type { Locale } from './locale.ts'
import { durationText, fill } from './phrases.ts'
import { pickLocale } from './pick-locale.ts'

/** Languages to choose from, the first for everybody else; and texts in place of the language's own. */
export interface NoticeOptions {
  readonly locales?: readonly [Locale, ...Locale[]]
  readonly texts?: Partial<Locale>
}

/**
 * "For your security, you are signed out after 10 minutes without activity": what people must be able to read before it
 * happens, https://www.w3.org/WAI/WCAG22/Understanding/timeouts. Runs on the server too; a text, to be escaped like any.
 *
 * @param lang BCP 47; a language that there is no text for reads the first of the languages
 * @param seconds what `expireAfter` is; fractions are rounded up
 * @param options languages and texts of your own. Default: those of the client, English first
 */
export function noticeText (lang: string, seconds: number, { locales = all, texts }: NoticeOptions = {}): string {
  const locale = { ...pickLocale(lang, locales), ...texts }
  return fill(locale.notice, durationText(locale, Math.ceil(seconds)))
}
