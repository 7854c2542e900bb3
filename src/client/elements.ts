/** Asks the prototype, not the element: a form's field may have the name of the method. */
function own<Name extends 'getAttribute' | 'matches'> (element: Element, name: Name): Element[Name] {
  return Element.prototype[name].bind(element) as Element[Name]
}

/** @returns '' if there is none */
export function attributeOf (target: unknown, name: string): string {
  return target instanceof Element ? own(target, 'getAttribute')(name) ?? '' : ''
}

export function isMatch (target: unknown, selector: string): boolean {
  return target instanceof Element && own(target, 'matches')(selector)
}

/** The element that has the focus, in open shadow roots too. */
export function focusIn (root: { readonly activeElement?: Element | null }): Element | null {
  const element = root.activeElement ?? null
  const inner = element?.shadowRoot ? focusIn(element.shadowRoot) : null
  return inner ?? element
}
