/** One line of the tree of `fastify.printRoutes()`: branches, a part of a path, and the methods where a route ends. */
const LINE = /^((?:│ {3}| {4})*)[├└]── (.*?)( \([A-Z, -]+\)(?: \{.*\})?)?$/

/** Where no part is common to all paths. */
const EMPTY_ROOT = '(empty root node)'

const INDENT = 4

/**
 * The patterns of all routes, those too that were added before this package and of which no `onRoute` hook told it.
 * Fastify gives them as text only.
 *
 * @param tree what `fastify.printRoutes()` gives
 */
export function patternsIn (tree: string): string[] {
  const path: string[] = []
  return tree.split('\n').flatMap(line => {
    const [, branches, part, methods] = LINE.exec(line) ?? []
    if (branches === undefined || part === undefined) return []
    path.splice(branches.length / INDENT, Infinity, part === EMPTY_ROOT ? '' : part)
    return methods === undefined ? [] : [path.join('')]
  })
}
