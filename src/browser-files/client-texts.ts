import { en } from '../client/locales/en.ts'
import { locales } from '../client/locales/all.ts'
import type { Locale } from '../client/locales/locale.ts'
import { findLocale } from '../client/locales/pick-locale.ts'
import { check, isObject, refuseUnknownIn } from '../option-checks.ts'

/** Texts that replace those of a language. */
export type Texts = { readonly [Key in keyof Locale]?: Locale[Key] | undefined }

/**
 * A language of the application's own, or other texts for a language of the client.
 *
 * An own text that is missing comes from this language, or else from English. `lang` is a BCP 47 name.
 */
export type OwnLanguage = Texts & { readonly lang: string }

const KEYS = Object.keys(en)

const TAG = /^[a-z]{2,8}(?:-[a-z0-9]{1,8})*$/i

/** @throws {BadOptionError | UnknownOptionError} which names the text */
export function checkTexts (option: string, texts: unknown): void {
  if (texts === undefined) return
  check(option, texts, 'an object with texts', value => isObject(value) && !Array.isArray(value))
  refuseUnknownIn(option, Object.keys(Object(texts)), KEYS)
  for (const [key, text] of Object.entries(Object(texts))) {
    const place = `${option}.${key}`
    if (text === undefined) continue
    if (key === 'dir') check(place, text, '"ltr" or "rtl"', value => value === 'ltr' || value === 'rtl')
    else if (key === 'lang') check(place, text, 'a language tag such as "pt-BR"', isTag)
    else if (isPlural(Reflect.get(en, key))) {
      check(
        place, text, 'texts such as { one: "# day", other: "# days" }', isPlural
      )
    } else check(place, text, 'a text', value => typeof value === 'string')
  }
}

function isTag (value: unknown): boolean {
  return typeof value === 'string' && TAG.test(value)
}

function isPlural (value: unknown): boolean {
  const texts = isObject(value) ? Object(value) : {}
  return 'other' in texts && Object.values(texts).every(text => typeof text === 'string')
}

/** @throws {BadOptionError | UnknownOptionError} */
export function checkLanguages (languages: unknown): void {
  if (languages === undefined) return
  check('languages', languages, 'an array of languages such as { lang: "he", dir: "rtl", title: "…" }', Array.isArray)
  for (const [i, language] of Object(languages).entries()) {
    const place = `languages[${i}]`
    check(place, language, 'an object with texts, and the "lang" that they are for', hasLang)
    checkTexts(place, language)
  }
}

function hasLang (value: unknown): boolean {
  return isObject(value) && 'lang' in Object(value)
}

/** A language, and its texts that are English because it has none. */
interface Merged {
  readonly locale: Locale
  readonly missing: readonly string[]
}

/**
 * Returns the languages of the client and of the application. English comes first.
 *
 * @param onMissing gets the texts that an own language does not have: a later version of this package may have more
 */
export function languagesWith (
  own: readonly OwnLanguage[], onMissing: (lang: string, texts: readonly string[]) => void
): readonly [Locale, ...Locale[]] {
  const merged = own.map(merge)
  for (const { locale, missing } of merged) if (missing.length > 0) onMissing(locale.lang, missing)
  const names = new Set(merged.map(({ locale }) => locale.lang.toLowerCase()))
  const all = [...merged.map(({ locale }) => locale), ...locales.filter(({ lang }) => !names.has(lang.toLowerCase()))]
  const english = findLocale('en', all) ?? en // for everybody whose language is missing
  return [english, ...all.filter(locale => locale !== english)]
}

function merge (own: OwnLanguage): Merged {
  const base = findLocale(own.lang, locales)
  const given = withoutUndefined(own)
  const missing = base === undefined ? KEYS.filter(key => !(key in given)) : []
  return { locale: { ...(base ?? en), ...given }, missing }
}

/** Merges texts. Later texts replace earlier ones. */
export function joinTexts (...all: ReadonlyArray<Texts | undefined>): Partial<Locale> {
  return Object.assign({}, ...all.map(texts => withoutUndefined(texts ?? {})))
}

function withoutUndefined (texts: Texts): Partial<Locale> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined))
}
