import type { Locale } from './locale.ts'

/**
 * Returns the tags under which to look up a language, as RFC 4647 §3.4 says. `pt-PT` is looked up as `pt-pt`, then as
 * `pt`.
 */
export function lookupTags (tag: string): string[] {
  const parts = tag.toLowerCase().split(/[-_]/)
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('-'))
}

/** Finds the locale for a language tag. `pt-PT` gets `pt` if there is no better one. */
export function findLocale (tag: string, locales: readonly Locale[]): Locale | undefined {
  for (const wanted of lookupTags(tag)) {
    const found = locales.find(({ lang }) => lang.toLowerCase() === wanted)
    if (found !== undefined) return found
  }
  return undefined
}

/** Finds the locale for a language tag, or else returns the first. */
export function pickLocale (tag: string, locales: readonly [Locale, ...Locale[]]): Locale {
  return findLocale(tag, locales) ?? locales[0]
}
