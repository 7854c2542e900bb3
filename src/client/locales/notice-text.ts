import { locales } from './all.ts'
import { durationText, fill } from './phrases.ts'
import { pickLocale } from './pick-locale.ts'

/**
 * "For your security, you are signed out after 10 minutes without activity": what people must be able to read before it
 * happens, https://www.w3.org/WAI/WCAG22/Understanding/timeouts. Runs on the server too; a text, to be escaped like any.
 *
 * @param lang BCP 47; a language that there is no text for reads English
 * @param seconds what `expireAfter` is; fractions are rounded up
 */
export function noticeText (lang: string, seconds: number): string {
  const locale = pickLocale(lang, locales)
  return fill(locale.notice, durationText(locale, Math.ceil(seconds)))
}
