/**
 * What a terminal would obey instead of showing it, or what makes text look like other text: control characters (C1 too, with which
 * 8-bit terminals begin their sequences), bidirectional overrides and other invisible ones, line separators, halves of pairs.
 * Names, notes and user agents come from anybody. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** Of those, the ones that `JSON.stringify` leaves as they are. None of them can stand in JSON outside of a string. */
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/** The text as one line that every terminal shows as it is. */
export function printable (text: string): string {
  return text.replace(UNPRINTABLE, character => `\\u{${codeOf(character)}}`)
}

/** JSON that says the same, and that a terminal shows as it is. */
export function printableJson (value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE_IN_JSON, character =>
    Array.from(
      { length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
    ).join(''))
}

/** The text without what stands between `://` and `@`: there are passwords in it, except in the example that we give. */
export function withoutPasswords (text: string): string {
  return text.replace(/:\/\/(?!user:password@)\S*@/g, '://***@')
}

function codeOf (character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}
