import { isMatch } from '../elements.ts'
import { all, childrenOf, isOwn, parentOf, textOf } from './dom.ts'

/** Matches passing messages, such as errors. They name nothing. */
const PASSING = '[role=alert], [role=status], [aria-live], [class*=error], [class*=invalid]'

export const FIELDS = 'input:not([type=hidden]), select, textarea, [contenteditable]'

/** Checks whether a node explains a field to a person. A field and a passing message do not. */
export function isTelling (node: Node): boolean {
  if (!(node instanceof Element)) return node instanceof Text
  return !isOwn(node) && !isMatch(node, `${FIELDS}, ${PASSING}, script, style`)
}

/** Counts, for each element around them, how many of the given elements it holds. */
export function countsOf (elements: readonly Element[]): Map<Element, number> {
  const counts = new Map<Element, number>()
  for (const element of elements) {
    for (let node: Element | null = element; node !== null; node = parentOf(node)) {
      counts.set(node, (counts.get(node) ?? 0) + 1)
    }
  }
  return counts
}

/**
 * Returns the text before a field: the patient's name at the row's beginning, say. The row may be made of any elements.
 *
 * @param isShared checks whether an element belongs to all fields of that name
 */
export function leadOf (field: Element, isShared: (part: Element) => boolean): string {
  const texts: string[] = []
  let node: Element = field
  for (let parent = parentOf(node); parent !== null && !isShared(parent); parent = parentOf(node)) {
    if (!isMatch(parent, 'label')) texts.unshift(...textsBefore(node, parent))
    node = parent
  }
  const parent = parentOf(node)
  // No element is this field's alone. The text right before it is its name.
  const nearest = texts.length > 0 || parent === null ? [] : textsBefore(node, parent, true)
  return [...nearest, ...texts].join(' ')
}

/**
 * Returns the texts before an element, beside it.
 *
 * @param isNearest whether only the nearest counts, unless a field stands between them
 */
function textsBefore (part: Element, parent: Element, isNearest = false): string[] {
  const siblings = childrenOf(parent)
  const before = siblings.slice(0, siblings.indexOf(part)).filter(node => textOf(node) !== '' || holdsField(node))
  return (isNearest ? before.slice(-1) : before).filter(isName).map(textOf)
}

function isName (node: Node): boolean {
  return isTelling(node) && !holdsField(node) && !(node instanceof Element && isMatch(node, 'label'))
}

function holdsField (node: Node): boolean {
  return node instanceof Element && (isMatch(node, FIELDS) || all(node, FIELDS).length > 0)
}
