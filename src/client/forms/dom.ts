import { isMatch } from '../elements.ts'

/**
 * Gives this folder access to forms, fields and the document.
 *
 * A field named `matches` or `isConnected` hides what its form inherits, and a form named `querySelectorAll` hides the
 * document's method. So every function takes methods from the prototypes. It reads them at each call, because a server
 * that loads this file has none. `../elements.ts` has the functions for all folders.
 */

/** Matches elements of this client. None of them is a field of the page. */
const OWN = '.session-security-draft, .session-security-dialog'

export function isConnected (node: Node): boolean {
  return Reflect.get(Node.prototype, 'isConnected', node)
}

/** Returns the parent. The parent of a shadow root is its host. */
export function parentOf (node: Node): Element | null {
  const parent: Node | null = Reflect.get(Node.prototype, 'parentNode', node)
  return parent instanceof ShadowRoot ? parent.host : parent instanceof Element ? parent : null
}

export function textOf (node: Node | null | undefined): string {
  const text: string | null = node == null ? '' : Reflect.get(Node.prototype, 'textContent', node)
  return (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 120)
}

export function childrenOf (node: Node): Node[] {
  return [...Reflect.get(Node.prototype, 'childNodes', node) as NodeListOf<ChildNode>]
}

/** Returns the closest element that matches a selector, also outside shadow roots. */
export function closest (element: Element, selector: string): Element | null {
  for (let node: Element | null = element; node !== null; node = parentOf(node)) {
    if (isMatch(node, selector)) return node
  }
  return null
}

export function all (root: Document | DocumentFragment | Element, selector: string): Element[] {
  const owner = root instanceof Document ? Document : root instanceof Element ? Element : DocumentFragment
  return [...owner.prototype.querySelectorAll.call(root, selector)]
}

export function byId (id: string): Element | null {
  return id === '' ? null : Document.prototype.getElementById.call(document, id)
}

export function putBefore (element: Element, made: Element): void {
  Element.prototype.before.call(element, made)
}

export function putAfter (element: Element, made: Element): void {
  Element.prototype.after.call(element, made)
}

/** Returns the document and every open shadow root below it. */
export function rootsOf (root: Document | ShadowRoot): Array<Document | ShadowRoot> {
  const inner = all(root, '*').flatMap(element => {
    const shadow: ShadowRoot | null = Reflect.get(Element.prototype, 'shadowRoot', element)
    return shadow === null || isCustomField(element) ? [] : rootsOf(shadow)
  })
  return [root, ...inner]
}

/** Checks whether an element is a form-associated custom element that has a value. */
export function isCustomField (element: Element): element is CustomField {
  if (element instanceof HTMLFormElement || !('value' in element)) return false
  return Reflect.get(element.constructor, 'formAssociated') === true
}

export interface CustomField extends HTMLElement {
  value: unknown
}

/** Marks elements of this client. Their copies lack it. */
const MADE = Symbol.for('session-security made')

/** Marks an element that stands among those of the page. */
export function markMade (element: Element): void {
  Reflect.set(element, MADE, true)
}

/**
 * Removes copies of this client's elements, whose buttons do nothing. Turbo and htmx keep a copy of each page, and show
 * it after «Back».
 */
export function removeCopies (): void {
  for (const element of all(document, '.session-security-draft, .session-security-draft-note')) {
    if (!Reflect.has(element, MADE)) element.remove()
  }
}

export function isOwn (element: Element): boolean {
  return closest(element, OWN) !== null
}
