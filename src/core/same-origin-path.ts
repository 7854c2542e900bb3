/** Any site will do: a path is resolved against it to see where a browser would go. */
const SOME_SITE = 'https://some-site.invalid'

/**
 * Lets through a path of this site, as it may stand in an address or a `Location` header.
 *
 * @returns the text itself, or `null` for anything that a browser would take elsewhere (CWE-601): `//evil`,
 * `https:evil`, `/\evil`, and whatever a browser drops before it reads an address, such as tabs and line breaks. Also
 * for a path that becomes `//evil` once its dots are resolved (`/.//evil`, `/a/..//evil`, `/%2e//evil`): the next
 * script that reads `location.pathname` would go there. Also for what is not ASCII, as no path of a request is.
 */
export function sameOriginPath (next: unknown): string | null {
  return typeof next === 'string' && /^\/(?!\/)[!-[\]-~]*$/.test(next) && staysHere(next) ? next : null
}

function staysHere (path: string): boolean {
  if (!URL.canParse(path, SOME_SITE)) return false
  const { origin, pathname } = new URL(path, SOME_SITE)
  return origin === SOME_SITE && !pathname.startsWith('//')
}
