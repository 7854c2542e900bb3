/** Takes a method from the prototype. A form's field may have the name of the method. */
function own<Name extends 'getAttribute' | 'matches'> (element: Element, name: Name): Element[Name] {
  return Element.prototype[name].bind(element) as Element[Name]
}

/** Returns the value of an attribute, or '' if there is none. */
export function attributeOf (target: unknown, name: string): string {
  return target instanceof Element ? own(target, 'getAttribute')(name) ?? '' : ''
}

export function isMatch (target: unknown, selector: string): boolean {
  return target instanceof Element && own(target, 'matches')(selector)
}

/** Returns the element that has the focus, also inside open shadow roots. */
export function focusIn (root: { readonly activeElement?: Element | null }): Element | null {
  const element = root.activeElement ?? null
  const inner = element?.shadowRoot ? focusIn(element.shadowRoot) : null
  return inner ?? element
}
