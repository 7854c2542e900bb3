import { focusIn, native } from '../elements.ts'

let holders = 0
let giveBack = (): void => {}

/** Returns the focused element, also inside open shadow roots and frames of the same site. */
export function focusedElement (): Element | null {
  let found = focusIn(document)
  while (found instanceof HTMLIFrameElement) {
    const inner = found.contentDocument === null ? null : focusIn(found.contentDocument)
    if (inner === null) break
    found = inner
  }
  return found
}

/**
 * Remembers the focus, and the selection of a rich text. A caller that takes the focus away calls it before, and
 * `releaseFocus()` after. Hiding the page and the dialog may overlap; only the last of them gives the focus back.
 */
export function holdFocus (): void {
  if (holders++ === 0) rememberFocus()
}

export function releaseFocus (): void {
  if (holders > 0 && --holders === 0) giveBack()
}

/** Remembers the focus anew after the page moved it. */
export function rememberFocus (): void {
  const element = focusedElement() as HTMLElement | null
  // Fields keep their selection themselves.
  const selection = element?.isContentEditable === true ? native(element.ownerDocument).getSelection() : null
  const { anchorNode, anchorOffset = 0, focusNode, focusOffset = 0 } = selection ?? {}
  giveBack = () => {
    if (element !== null && focusedElement() !== element) native(element).focus?.({ preventScroll: true })
    if (anchorNode?.isConnected === true && focusNode?.isConnected === true) {
      selection?.setBaseAndExtent(anchorNode, anchorOffset, focusNode, focusOffset)
    }
  }
}
