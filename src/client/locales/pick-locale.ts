import type { Locale } from './locale.ts'

/** The tags under which a language is looked for, as RFC 4647 §3.4 looks up: `pt-PT` as `pt-pt`, then as `pt`. */
export function lookupTags (tag: string): string[] {
  const parts = tag.toLowerCase().split(/[-_]/)
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('-'))
}

/** The locale for a language tag: `pt-PT` gets `pt` where there is no better one. */
export function findLocale (tag: string, locales: readonly Locale[]): Locale | undefined {
  for (const wanted of lookupTags(tag)) {
    const found = locales.find(({ lang }) => lang.toLowerCase() === wanted)
    if (found !== undefined) return found
  }
  return undefined
}

/** The same; a tag that nothing fits gets the first. */
export function pickLocale (tag: string, locales: readonly [Locale, ...Locale[]]): Locale {
  return findLocale(tag, locales) ?? locales[0]
}
