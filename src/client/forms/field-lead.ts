import { isMatch } from '../elements.ts'
import { all, childrenOf, isOwn, parentOf, textOf } from './dom.ts'

/** What says for a moment that something is wrong is no name of anything. */
const PASSING = '[role=alert], [role=status], [aria-live], [class*=error], [class*=invalid]'

export const FIELDS = 'input:not([type=hidden]), select, textarea, [contenteditable]'

/** Whether a part of the page tells a person what a field is: a text that is neither a field nor a passing word. */
export function isTelling (node: Node): boolean {
  if (!(node instanceof Element)) return node instanceof Text
  return !isOwn(node) && !isMatch(node, `${FIELDS}, ${PASSING}, script, style`)
}

/** How many of these each part of the page around them holds. */
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
 * What a person reads before a field: the name of the patient at the beginning of its row, whatever the row is made of.
 *
 * @param isShared whether a part of the page belongs to all fields of that name
 */
export function leadOf (field: Element, isShared: (part: Element) => boolean): string {
  const texts: string[] = []
  let node: Element = field
  for (let parent = parentOf(node); parent !== null && !isShared(parent); parent = parentOf(node)) {
    if (!isMatch(parent, 'label')) texts.unshift(...textsBefore(node, parent))
    node = parent
  }
  const parent = parentOf(node)
  // No part of the page is this field's alone: what stands right before it is its name.
  const nearest = texts.length > 0 || parent === null ? [] : textsBefore(node, parent, true)
  return [...nearest, ...texts].join(' ')
}

/** The texts beside a part of the page, before it; or only the nearest, unless a field stands between them. */
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
