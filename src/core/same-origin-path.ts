/**
 * A path of this site, as it may stand in an address or a `Location` header.
 *
 * @returns `null` for anything that a browser would take elsewhere (CWE-601): `//evil`, `https:evil`, `/\evil`, and
 * whatever a browser drops before it reads an address, such as tabs and line breaks. Also for what is not ASCII: the
 * path of a request never is otherwise.
 */
export function sameOriginPath (next: unknown): string | null {
  return typeof next === 'string' && /^\/(?!\/)[!-[\]-~]*$/.test(next) ? next : null
}
