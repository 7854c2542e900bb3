/**
 * Lets through an address that a browser may go to. It is a path of this site, or an http(s) URL.
 *
 * @returns undefined for anything else: `javascript:` would run, `//evil.example` would lead away
 */
export function pageAddress (text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  return /^(?:\/(?![/\\])|https?:\/\/)[!-[\]-~]*$/i.test(text) ? text : undefined
}
