import { native } from '../elements.ts'
import { en } from './en.ts'
import type { Locale } from './locale.ts'
import { pickLocale } from './pick-locale.ts'

/** The language of the client, and its texts. */
export interface TextOptions {
  /** The languages to choose from. The first is for people who read no other. Default: English alone. */
  readonly locales?: readonly [Locale, ...Locale[]]
  /** BCP 47. Default: that of `<html lang>`. */
  readonly lang?: string
  /** Texts in place of the locale's own. */
  readonly texts?: Partial<Locale>
}

/** True in the build of the scripts that a server sends. They get their texts from it, and do not contain English. */
declare const WITHOUT_ENGLISH: true | undefined

const ENGLISH = typeof WITHOUT_ENGLISH === 'undefined' ? en : {} as Locale

export function pageLocale (
  { locales = [ENGLISH], lang = native(document).documentElement.lang, texts }: TextOptions
): Locale {
  return { ...pickLocale(lang, locales), ...texts }
}
