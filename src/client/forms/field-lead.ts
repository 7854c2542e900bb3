import { all, childrenOf, isOwn, matches, parentOf, textOf } from './dom.ts'

/** What says for a moment that something is wrong is no name of anything. */
const PASSING = '[role=alert], [role=status], [aria-live], [class*=error], [class*=invalid], [class*=feedback]'

export const FIELDS = 'input:not([type=hidden]), select, textarea, [contenteditable]'

/** Whether a part of the page tells a person what a field is: a text that is neither a field nor a passing word. */
export function isTelling (node: Node): boolean {
  if (!(node instanceof Element)) return node instanceof Text
  return !isOwn(node) && !matches(node, `${FIELDS}, ${PASSING}, script, style, template`)
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
    if (!matches(parent, 'label')) texts.unshift(...textsBefore(node, parent))
    node = parent
  }
  const parent = parentOf(node)
  // No part of the page is this field's alone: what stands right before it is its name.
  const nearest = texts.length > 0 || parent === null ? [] : textsBefore(node, parent, true)
  return [...nearest, ...texts].join(' ').trim()
}

/** The texts beside a part of the page, before it; or only the nearest, unless a field stands between them. */
function textsBefore (part: Element, parent: Element, isNearest = false): string[] {
  const siblings = childrenOf(parent)
  const before = siblings.slice(0, siblings.indexOf(part)).filter(node => !isBlank(node))
  return (isNearest ? before.slice(-1) : before).filter(node => isName(node)).map(textOf)
}

function isName (node: Node): boolean {
  return isTelling(node) && !(node instanceof Element && (matches(node, 'label') || all(node, FIELDS).length > 0))
}

function isBlank (node: Node): boolean {
  return textOf(node) === '' && !(node instanceof Element && (matches(node, FIELDS) || all(node, FIELDS).length > 0))
}
