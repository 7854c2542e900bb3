import type { Locale, Plural } from './locale.ts'

/** Returns the time left, to be read every second: "1 minute 42 seconds". */
export function countdownText (locale: Locale, seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  const parts = minutes === 0 ? [] : [counted(locale, minutes, locale.minute)]
  if (rest > 0 || minutes === 0) parts.push(counted(locale, rest, locale.second))
  try {
    return new Intl.ListFormat(locale.lang, { type: 'unit', style: 'narrow' }).format(parts)
  } catch {
    return parts.join(' ')
  }
}

/** Returns a duration in the largest unit without a remainder: "10 minutes". */
export function durationText (locale: Locale, seconds: number): string {
  if (seconds % 3600 === 0) return counted(locale, seconds / 3600, locale.hour)
  return seconds % 60 === 0 ? counted(locale, seconds / 60, locale.minute) : countdownText(locale, seconds)
}

export function fill (text: string, time: string): string {
  return text.replace('{time}', () => time)
}

/**
 * Returns a number of something: "3 fields". It also works without `Intl`, and with a language of the page's own that
 * `Intl` does not take.
 */
export function counted ({ lang }: Locale, count: number, plural: Plural): string {
  try {
    return (plural[new Intl.PluralRules(lang).select(count)] ??
      plural.other).replace('#', new Intl.NumberFormat(lang).format(count))
  } catch {
    return plural.other.replace('#', String(count))
  }
}
