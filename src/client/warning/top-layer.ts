import { isMatch, native } from '../elements.ts'
import { attempt } from '../monitor/listeners.ts'
import { focusedElement, rememberFocus } from './focus.ts'

/** The dialog goes on top again this many times within `RAISES_MS`. Then it becomes a bar. */
const MOST_RAISES = 3
const RAISES_MS = 10_000

/**
 * Milliseconds after its last raise in which the dialog does not rise again. This holds for a bar, and over a hidden
 * page.
 */
const PAUSE_MS = 900

const OPEN = ':popover-open'

/**
 * Keeps the dialog usable. It is modal. If a page puts something above it later (a modal, a popover, an element in full
 * screen), it goes on top again. If the page does so repeatedly, it becomes a bar that takes no focus.
 */
export class TopLayer {
  /** The button that had the focus last. */
  focused: HTMLElement | null = null
  readonly #dialog: HTMLDialogElement
  /** The times at which the dialog was put on top. */
  #raisedMs: number[] = []
  #isBar = false
  /** The popovers of the page that the modal dialog has closed. */
  #closed: HTMLElement[] = []

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
    this.#show()
  }

  close (): void {
    this.#dialog.remove()
    for (const popover of this.#closed) {
      if (popover.isConnected && !isMatch(popover, OPEN)) attempt(() => popover.showPopover())
    }
    this.#closed = []
  }

  /** Runs a function in the page without the dialog. The dialog is back in the same moment. */
  aside (act: () => void): void {
    this.close()
    act()
    this.#show()
  }

  /**
   * Puts the dialog on top again if something is above it.
   *
   * @param isHidden whether the page is hidden; then there is no bar
   */
  check (isHidden: boolean): void {
    const dialog = this.#dialog
    const nowMs = performance.now()
    // A modal of the page may hide everything outside it from assistive technology.
    dialog.removeAttribute('inert')
    dialog.removeAttribute('aria-hidden')
    const above = dialog.getClientRects().length === 0 ? native(document).documentElement : this.#above()
    const recent = this.#raisedMs.filter(ms => nowMs - ms < RAISES_MS)
    const isSpent = recent.length >= MOST_RAISES
    if (above === null || (isSpent && (this.#isBar || isHidden) && nowMs - Math.max(...recent) < PAUSE_MS)) return
    this.#raisedMs = [...recent, nowMs]
    this.#isBar = !isHidden && (this.#isBar || isSpent)
    // Beside a modal of the page, a person can only use what is inside of it.
    this.#show(this.#isBar ? native(above).closest('dialog') : null)
  }

  /** Returns the element above a button, or null. */
  #above (): Element | null {
    for (const button of this.#dialog.querySelectorAll('button')) {
      const { left, top, width, height } = button.getBoundingClientRect()
      const found = width === 0 ? null : native(document).elementFromPoint(left + width / 2, top + height / 2)
      if (found !== null && !this.#dialog.contains(found)) return found
    }
    return null
  }

  /** @param parent the modal of the page beside which the dialog can be used */
  #show (parent: Element | null = null): void {
    const dialog = this.#dialog
    const focused = focusedElement()
    const isOwn = dialog.contains(focused)
    // The page has moved the focus meanwhile, perhaps into its own modal. The focus belongs there afterwards.
    if (dialog.isConnected && !isOwn && focused !== native(document).body) rememberFocus()
    const button = this.focused ?? dialog.querySelector('button')
    // close() would give the focus to the page for a moment.
    dialog.remove()
    dialog.open = false
    dialog.popover = null
    dialog.setAttribute('role', this.#isBar ? 'dialog' : 'alertdialog')
    dialog.classList.toggle('session-security-strip', this.#isBar)
    const root = parent ?? native(document).documentElement
    root.append(dialog)
    if (this.#isBar) this.#showBar()
    else if (typeof dialog.showModal === 'function') this.#showModal()
    else dialog.setAttribute('open', '')
    if (isOwn || !this.#isBar) button?.focus({ preventScroll: true })
  }

  /** Shows the dialog as a modal. The browser then closes the popovers of the page. A person may be typing in one. */
  #showModal (): void {
    const dialog = this.#dialog
    const hasPopovers = typeof dialog.showPopover === 'function'
    const open = hasPopovers ? [...native(document).querySelectorAll<HTMLElement>(OPEN)] : []
    dialog.showModal()
    this.#closed.push(...open.filter(popover => !isMatch(popover, OPEN)))
  }

  #showBar (): void {
    const dialog = this.#dialog
    // An inert element gets no focus.
    dialog.setAttribute('inert', '')
    if (typeof dialog.showPopover === 'function') {
      dialog.popover = 'manual'
      dialog.showPopover()
    } else dialog.setAttribute('open', '')
    dialog.removeAttribute('inert')
  }
}
