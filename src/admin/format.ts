import { html } from 'ghtml'
import type { Handle } from '../store/handle.ts'

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

/** Formats seconds with two units at most: `2 h 5 min`. */
export function duration (seconds: number): string {
  const s = Math.max(0, Math.floor(seconds))
  if (s < MINUTE) return `${s} s`
  if (s < HOUR) return `${Math.floor(s / MINUTE)} min ${s % MINUTE} s`
  if (s < DAY) return `${Math.floor(s / HOUR)} h ${Math.floor(s % HOUR / MINUTE)} min`
  return `${Math.floor(s / DAY)} d ${Math.floor(s % DAY / HOUR)} h`
}

/** Returns HTML: a time in UTC, as in logs. Operators in two countries read the same. */
export function moment (ms: number): string {
  const iso = new Date(ms).toISOString()
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')}</time>`
}

/** Matches invisible characters and those that turn the text. With them, one name looks like another. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\u00ad\u200b\u2028\u2029\u2060\ufeff]/gu

/**
 * Returns HTML of a text that a stranger chose. The text keeps its direction to itself, and each invisible character
 * in it is named.
 */
export function foreign (text: string): string {
  const parts = text.split(UNSEEN).map(part => html`${part}`)
  const unseen = [...text.matchAll(UNSEEN)].map(([character]) => html`<span class="unseen">${nameOf(character)}</span>`)
  return `<bdi>${parts.flatMap((part, i) => [part, unseen[i] ?? '']).join('')}</bdi>`
}

/** Names the invisible characters of a stranger's text, for an attribute. */
export function foreignText (text: string): string {
  return text.replace(UNSEEN, nameOf)
}

function nameOf (character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}

export function optional (text: string | undefined, instead: string): string {
  return text === undefined ? html`<span class="quiet">${instead}</span>` : foreign(text)
}

/** Shortens a handle to what distinguishes the rows of a page. */
export function shortened (handle: Handle): string {
  return `${handle.slice(0, 8)}…`
}

export function count (number: number, one: string, many: string = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}
