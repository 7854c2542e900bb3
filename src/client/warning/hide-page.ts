import { holdFocus, releaseFocus } from './focus.ts'
import { WARNING } from '../attributes.ts'
import { native } from '../elements.ts'
import { observe } from '../observe.ts'

let show: (() => void) | null = null

/**
 * Hides the page at once, and shows it again as it was. Scrolling, focus and selection come back. Every child of
 * `<html>` gets `display: none !important` by its own style, which no stylesheet overrules and no policy forbids.
 * Frames are not loaded again. An element of your own that must stay needs the attribute `data-session-warning` and
 * `<html>` as its parent.
 */
export function hidePage (isHidden: boolean): void {
  if (isHidden === (show !== null)) return
  if (show === null) {
    show = hide()
  } else {
    show()
    show = null
  }
}

function hide (): () => void {
  const root = native(document).documentElement
  const scrolled = scrollers(document)
  const former = new Map<HTMLElement | SVGElement, () => void>()
  const stops: Array<() => void> = []
  holdFocus()

  function cover (): void {
    for (const child of root.children) {
      if (!(child instanceof HTMLElement || child instanceof SVGElement) || child.matches(`head,[${WARNING}]`)) continue
      const { style } = child
      const [value, priority] = [style.getPropertyValue('display'), style.getPropertyPriority('display')]
      if (value === 'none' && priority !== '') continue
      if (!former.has(child)) stops.push(observe(child, { attributeFilter: ['style'] }, cover))
      former.set(child, () => {
        style.setProperty('display', value, priority)
        if (child.getAttribute('style') === '') child.removeAttribute('style')
      })
      style.setProperty('display', 'none', 'important')
    }
  }

  cover()
  // Children that come later are hidden, too.
  stops.push(observe(root, { childList: true }, cover))
  return () => {
    for (const stop of stops) stop()
    for (const putBack of former.values()) putBack()
    for (const scroll of scrolled) scroll()
    releaseFocus()
  }
}

/**
 * Remembers scrolled elements, here and in frames of the same site.
 *
 * @returns functions that scroll them back
 */
function scrollers (page: Document): Array<() => void> {
  return [...native(page).querySelectorAll('*')].flatMap(element => {
    // A field of the form may have one of these names.
    const left: number = Reflect.get(Element.prototype, 'scrollLeft', element)
    const top: number = Reflect.get(Element.prototype, 'scrollTop', element)
    const scroll = (): void => Reflect.apply(Element.prototype.scrollTo, element, [{ left, top, behavior: 'instant' }])
    const inner = element instanceof HTMLIFrameElement && element.contentDocument !== null
      ? scrollers(element.contentDocument)
      : []
    return left === 0 && top === 0 ? inner : [...inner, scroll]
  })
}
