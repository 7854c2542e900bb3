/**
 * Matches characters that a terminal obeys, or that make a text look like another. These are control characters (C1
 * too: 8-bit terminals begin sequences with them), bidirectional and other invisible ones, line separators, and lone
 * halves of surrogate pairs. Strangers write names, notes and user agents.
 * https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Matches those that `JSON.stringify` leaves as they are. JSON has them only in strings. */
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/** Escapes a text, so that every terminal shows it as one line. */
export function printable (text: string): string {
  return text.replace(UNPRINTABLE, character => `\\u{${codeOf(character)}}`)
}

/** Writes JSON with escapes, so that every terminal shows it as it is. */
export function printableJson (value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE_IN_JSON, character => character.split('').map(escapeUnit).join(''))
}

/** Escapes one code unit, as JSON does. */
function escapeUnit (unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Hides the text between `://` and `@`, which may hold a password. `user:password` of an example stays. */
export function withoutPasswords (text: string): string {
  return text.replace(/:\/\/(?!user:password@)\S*@/g, '://***@')
}

function codeOf (character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}
