/** Matches a line of the tree: branches, a part of a path, and methods. */
const LINE = /^((?:│ {3}| {4})*)[├└]── (.*?)( \([A-Z, -]+\)(?: \{.*\})?)?$/

/** The first line of a tree whose paths have no common part. */
const EMPTY_ROOT = '(empty root node)'

const INDENT = 4

/**
 * Returns the patterns of all routes, also of those that were added before this package.
 *
 * No `onRoute` hook told this package of those, and Fastify lists them only as text.
 *
 * @param tree the text from `fastify.printRoutes()`
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
