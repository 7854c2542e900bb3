/** The site against which a path is resolved. Any site shows where a browser would go. */
const SOME_SITE = 'https://some-site.invalid'

/**
 * Lets through a path of this site, for an address or a `Location` header.
 *
 * It refuses whatever a browser would take elsewhere (CWE-601): `//evil`, `https:evil`, `/\evil`, and characters that a
 * browser drops before it reads an address, such as tabs and line breaks. It also refuses a path that becomes `//evil`
 * once its dots are resolved (`/.//evil`, `/a/..//evil`, `/%2e//evil`): a script that reads `location.pathname` would
 * go there. A path of a request is ASCII, so other characters are refused too.
 *
 * @returns the text itself, or `null` if it is refused
 */
export function sameOriginPath (next: unknown): string | null {
  return typeof next === 'string' && /^\/(?!\/)[!-[\]-~]*$/.test(next) && staysHere(next) ? next : null
}

function staysHere (path: string): boolean {
  if (!URL.canParse(path, SOME_SITE)) return false
  const { origin, pathname } = new URL(path, SOME_SITE)
  return origin === SOME_SITE && !pathname.startsWith('//')
}
