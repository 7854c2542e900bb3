import { element } from '../element.ts'
import { attributeOf, isMatch } from '../elements.ts'
import { childrenOf, closest, parentOf, textOf } from './dom.ts'

/**
 * A text with simple marks, as `["p", "some ", ["b", "bold"]]`. The function createElement builds it; it is never
 * parsed as HTML. So the storage can bring no script, and a policy of Trusted Types has nothing to refuse.
 */
type Branch = string | readonly Branch[]

/** Tags that are kept if they have no attribute. A text with anything else is kept as letters alone. */
const TAGS = 'p div br b strong i em u s del ins sub sup ul ol li h1 h2 h3 h4 h5 h6 blockquote pre code span'.split(' ')

/** Checks whether an element is the outermost that a person can write in. */
export function isRich (element: Element): boolean {
  return isMatch(element, '[contenteditable]:not([contenteditable=false])') && hostOf(parentOf(element)) === null
}

function hostOf (element: Element | null): Element | null {
  const host = element === null ? null : closest(element, '[contenteditable]')
  return host === null || attributeOf(host, 'contenteditable') === 'false' ? null : host
}

/** Returns the text as a JSON array of branches. If it holds other tags, it is a JSON string. */
export function readRich (element: Element): string {
  const branches = childrenOf(element).map(branchOf)
  return JSON.stringify(branches.includes(null) ? lettersOf(element) : branches)
}

/** Returns the letters of a text, to be read. */
export function plainText (json: string): string {
  const plain = (branch: Branch): string => {
    if (typeof branch === 'string') return branch
    const [tag, ...inner] = branch
    return inner.map(plain).join('') + (/^(p|div|br|li|h\d|pre)$/.test(String(tag)) ? '\n' : '')
  }
  const value = parse(json)
  return (Array.isArray(value) ? value.map(plain).join('') : String(value)).trim()
}

/**
 * Writes a text, if it will look as it did.
 *
 * @returns false if it would not; then nothing is written
 */
export function writeRich (element: Element, json: string, isWanted: boolean): boolean {
  const branches = parse(json)
  if (!Array.isArray(branches) || childrenOf(element).some(child => branchOf(child) === null)) return false
  if (isWanted) Element.prototype.replaceChildren.apply(element, branches.map(nodeOf))
  return true
}

function branchOf (node: Node): Branch | null {
  if (node instanceof Text) return node.data
  if (!(node instanceof Element) || !TAGS.includes(node.localName) || node.attributes.length > 0) return null
  const inner = childrenOf(node).map(branchOf)
  return inner.includes(null) ? null : [node.localName, ...inner.filter(one => one !== null)]
}

function nodeOf (branch: Branch): Node | string {
  if (typeof branch === 'string') return branch
  const [tag, ...inner] = branch
  const made = element(tag as 'p', '')
  made.removeAttribute('class')
  made.append(...inner.map(nodeOf))
  return made
}

function lettersOf (element: Element): string {
  return element instanceof HTMLElement ? element.innerText : textOf(element)
}

/**
 * Parses a text. Anything on this site may have written to the storage.
 *
 * @returns a text, or branches of known tags only
 */
function parse (json: string): unknown {
  const isBranch = (branch: unknown): boolean => typeof branch === 'string' ||
    (Array.isArray(branch) && TAGS.includes(branch[0]) && branch.slice(1).every(isBranch))
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) && !value.every(isBranch) ? '' : value
  } catch {
    return json
  }
}
