/** Returns the value of an attribute, or '' if there is none. */
export function attributeOf (target: unknown, name: string): string {
  return target instanceof Element ? Element.prototype.getAttribute.call(target, name) ?? '' : ''
}

export function isMatch (target: unknown, selector: string): boolean {
  return target instanceof Element && Element.prototype.matches.call(target, selector)
}

/**
 * Returns a document or an element with its members as the browser defines them. A form, frame or image of their name
 * hides those of its document, and a field those of its form. A document of a test has its members itself.
 */
export function native<Target extends object> (target: Target): Target {
  const prototype: object = Object.getPrototypeOf(target)
  const homeOf = (name: PropertyKey): object => name in prototype ? prototype : target
  return new Proxy(target, {
    get (_target, name) {
      const member: unknown = Reflect.get(homeOf(name), name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
    set: (_target, name, value) => Reflect.set(homeOf(name), name, value, target)
  })
}

/** Returns the element that has the focus, also inside open shadow roots. */
export function focusIn (root: { readonly activeElement?: Element | null }): Element | null {
  const element = native(root).activeElement ?? null
  const inner = element?.shadowRoot ? focusIn(element.shadowRoot) : null
  return inner ?? element
}
