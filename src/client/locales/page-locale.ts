import { en } from './en.ts'
import type { Locale } from './locale.ts'
import { pickLocale } from './pick-locale.ts'

/** What the client says, and in which language. */
export interface TextOptions {
  /** The languages to choose from; the first is for everybody else. Default: English alone. */
  readonly locales?: readonly [Locale, ...Locale[]]
  /** BCP 47. Default: that of `<html lang>`. */
  readonly lang?: string
  /** Texts in place of the locale's own. */
  readonly texts?: Partial<Locale>
}

export function pageLocale ({ locales = [en], lang = document.documentElement.lang, texts }: TextOptions): Locale {
  return { ...pickLocale(lang, locales), ...texts }
}
