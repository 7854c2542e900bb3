import { focusedElement, rememberFocus } from './focus.ts'

/** How often the dialog is put on top again within how long, before it gives in. */
const RAISES = 3
const RAISES_MS = 10_000

/** How soon after the last time it gives in to nobody any more. */
const PAUSE_MS = 900

/**
 * Keeps the dialog where it can be used. It is modal; what a page puts above it later (a modal, a popover, an element in
 * full screen) would block it, so it is put on top again. Where the page insists, it becomes a bar that takes no focus.
 */
export class TopLayer {
  /** The button that had the focus last. */
  focused: HTMLElement | null = null
  readonly #dialog: HTMLDialogElement
  /** When it was put on top. */
  #raisedMs: number[] = []
  #isBar = false

  constructor (dialog: HTMLDialogElement) {
    this.#dialog = dialog
  }

  get isOpen (): boolean {
    return this.#dialog.isConnected
  }

  get isModal (): boolean {
    return this.isOpen && !this.#isBar
  }

  open (): void {
    this.#isBar = false
    this.#raisedMs = []
    this.focused = null
    this.#show(document.documentElement)
  }

  close (): void {
    this.#dialog.remove()
  }

  /** Does something in the page without the dialog, which is back in the same moment. */
  aside (act: () => void): void {
    this.#dialog.remove()
    act()
    this.#show(document.documentElement)
  }

  /** Puts the dialog on top again where it is not. @param isHidden whether the page is hidden, which no bar is for */
  check (isHidden: boolean): void {
    const dialog = this.#dialog
    const nowMs = performance.now()
    // A modal of the page may hide from assistive technology all that is not in it.
    dialog.removeAttribute('inert')
    dialog.removeAttribute('aria-hidden')
    const above = dialog.getClientRects().length === 0 ? document.documentElement : this.#above()
    const recent = this.#raisedMs.filter(ms => nowMs - ms < RAISES_MS)
    const isSpent = recent.length >= RAISES
    if (above === null || (isSpent && (this.#isBar || isHidden) && nowMs - Math.max(...recent) < PAUSE_MS)) return
    this.#raisedMs = [...recent, nowMs]
    this.#isBar = !isHidden && (this.#isBar || isSpent)
    // Only what is inside of a modal can be used beside it.
    this.#show((this.#isBar ? above.closest('dialog') : null) ?? document.documentElement)
  }

  /** @returns what lies above a button, or null */
  #above (): Element | null {
    for (const button of this.#dialog.querySelectorAll('button')) {
      const { left, top, width, height } = button.getBoundingClientRect()
      const found = width === 0 ? null : document.elementFromPoint(left + width / 2, top + height / 2)
      if (found !== null && !this.#dialog.contains(found)) return found
    }
    return null
  }

  #show (parent: Element): void {
    const dialog = this.#dialog
    const focused = focusedElement()
    const isOwn = dialog.contains(focused)
    // The page has moved the focus meanwhile, into its own modal perhaps: that is where it belongs afterwards.
    if (dialog.isConnected && !isOwn && focused !== document.body) rememberFocus()
    const button = this.focused ?? dialog.querySelector('button')
    // Not by close(), which gives the focus to the page for a moment.
    dialog.remove()
    dialog.open = false
    dialog.popover = null
    dialog.setAttribute('role', this.#isBar ? 'dialog' : 'alertdialog')
    dialog.classList.toggle('session-security-strip', this.#isBar)
    parent.append(dialog)
    if (this.#isBar) this.#showBar()
    else if (typeof dialog.showModal === 'function') dialog.showModal()
    else dialog.setAttribute('open', '')
    if (isOwn || !this.#isBar) button?.focus({ preventScroll: true })
  }

  #showBar (): void {
    const dialog = this.#dialog
    // What is inert is not given the focus.
    dialog.setAttribute('inert', '')
    if (typeof dialog.showPopover === 'function') {
      dialog.popover = 'manual'
      dialog.showPopover()
    } else dialog.setAttribute('open', '')
    dialog.removeAttribute('inert')
  }
}
