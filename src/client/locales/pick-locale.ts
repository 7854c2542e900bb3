import type { Locale } from './locale.ts'

/**
 * The locale for a language tag: `pt-PT` gets `pt` where there is no better one, as RFC 4647 §3.4 looks up, and a tag
 * that nothing fits gets the first.
 */
export function pickLocale (tag: string, locales: readonly [Locale, ...Locale[]]): Locale {
  const parts = tag.toLowerCase().split(/[-_]/)
  for (; parts.length > 0; parts.pop()) {
    const wanted = parts.join('-')
    const found = locales.find(({ lang }) => lang.toLowerCase() === wanted)
    if (found !== undefined) return found
  }
  return locales[0]
}
