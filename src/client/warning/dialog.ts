import { isSpoken } from './announcer.ts'
import { countdownText, fill } from '../locales/phrases.ts'
import type { IdleMonitor } from '../monitor/monitor-api.ts'
import type { TextOptions } from '../locales/page-locale.ts'
import { pageLocale } from '../locales/page-locale.ts'
import { TabTitle } from './tab-title.ts'
import { TypingGuard } from './typing-guard.ts'
import type { Warning } from './warning-content.ts'
import { warningOf } from './warning-content.ts'
import { WarningView } from './warning-view.ts'

export interface WarningDialogOptions extends TextOptions {
  /** Whether there is a button to sign out, through the monitor's `signOut()`. Default: yes. */
  readonly signOut?: boolean
  /** Where the dialog is put while it is open. Default: the end of `<body>`. */
  readonly container?: HTMLElement
}

/** How long after a finger was lifted its click may come. */
const CLICK_MS = 300

/**
 * Warns of the end of the session, in a modal dialog and in the title of the tab, while the monitor says so. Whether
 * any activity or only the button puts the end off is for the monitor to say, by its own `extendBy`.
 *
 * Needs the stylesheet `client.css`.
 */
export function createWarningDialog (monitor: IdleMonitor, options: WarningDialogOptions = {}): { destroy (): void } {
  const { signOut = true } = options
  const locale = pageLocale(options)
  const view = new WarningView(locale)
  const { dialog } = view
  const title = new TabTitle(document)
  const guard = new TypingGuard()
  const destroyed = new AbortController()
  let isDismissed = false
  let isPressed = false
  let isSigningOut = false
  let hasFailed = false
  let lastSeconds = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function current (): Warning | null {
    return warningOf(monitor.getSnapshot(), locale, { isOffered: signOut, hasFailed })
  }

  function render (): void {
    clearTimeout(timer)
    if (destroyed.signal.aborted) return
    const warning = current()
    if (warning?.answer !== 'dismiss') isDismissed = false
    if (warning === null) {
      lastSeconds = 0
      title.restore()
      // A tap on «Sign out» is activity before it is a click: the button must still be there for it.
      if (!isPressed && !isSigningOut) close()
      return
    }
    const leftMs = monitor.expiresInMs()
    const seconds = Math.ceil(leftMs / 1000)
    const time = countdownText(locale, seconds)
    view.show(warning.content, time)
    if (isDismissed) close()
    else open()
    if (!warning.isTimed) return title.show(locale.hiddenTitle, true)
    view.tick(time, leftMs)
    title.show(fill(locale.tab, time))
    if (isSpoken(lastSeconds, seconds)) view.speak(fill(locale.spoken, time))
    lastSeconds = seconds
    if (leftMs > 0) timer = setTimeout(render, leftMs % 1000 || 1000)
  }

  function open (): void {
    // A page may have changed its whole body meanwhile.
    if (dialog.open && dialog.isConnected) return
    dialog.open = false
    guard.begin()
    const { container = document.body } = options
    container.append(dialog)
    dialog.showModal()
  }

  function close (): void {
    view.reset()
    if (!dialog.open) return
    dialog.close()
    dialog.remove()
    guard.giveBack()
  }

  function answer (): void {
    hasFailed = false
    const action = current()?.answer
    isDismissed = action === 'dismiss'
    // Where it fails the monitor is offline, and says so.
    if (action === 'extend') monitor.extend().catch(() => {})
    if (action === 'check') monitor.check().catch(() => {})
    render()
  }

  async function leave (): Promise<void> {
    if (isSigningOut) return
    isSigningOut = true
    hasFailed = await monitor.signOut().then(() => false, () => true)
    isSigningOut = false
    render()
  }

  function onKey (event: KeyboardEvent): void {
    if (!dialog.open || guard.takes(event) || event.key !== 'Escape' || event.type === 'keyup') return
    event.preventDefault()
    answer()
  }

  function onRelease (): void {
    if (isPressed) setTimeout(() => { isPressed = false; render() }, CLICK_MS)
  }

  const { signal } = destroyed
  for (const name of ['keydown', 'keyup'] as const) addEventListener(name, onKey, { capture: true, signal })
  for (const name of ['pointerup', 'pointercancel']) addEventListener(name, onRelease, { capture: true, signal })
  dialog.addEventListener('pointerdown', () => { isPressed = true })
  dialog.addEventListener('cancel', event => { event.preventDefault(); answer() }) // the gesture for «Back»
  dialog.addEventListener('close', render)
  view.answer.addEventListener('click', answer)
  view.signOut.addEventListener('click', leave)
  const unsubscribe = monitor.subscribe(render)
  render()

  return {
    destroy () {
      destroyed.abort()
      unsubscribe()
      clearTimeout(timer)
      title.restore()
      close()
    }
  }
}
