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

/** Set where the scripts are built that are served: there the texts are always given, and English is no part of each. */
declare const WITHOUT_ENGLISH: true | undefined

const ENGLISH = typeof WITHOUT_ENGLISH === 'undefined' ? en : {} as Locale

export function pageLocale ({ locales = [ENGLISH], lang = document.documentElement.lang, texts }: TextOptions): Locale {
  return { ...pickLocale(lang, locales), ...texts }
}
