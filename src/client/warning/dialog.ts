import { isSpoken } from './announcer.ts'
import { listenToInput } from './dialog-input.ts'
import { CLOSED, next } from './dialog-state.ts'
import type { DialogEvent, Wanted } from './dialog-state.ts'
import { holdFocus, releaseFocus } from './focus.ts'
import { DialogUse } from './dialog-use.ts'
import { hidePage } from './hide-page.ts'
import { CONCEALED } from '../attributes.ts'
import { native } from '../elements.ts'
import { listen } from '../listen.ts'
import { countdownText, fill } from '../locales/phrases.ts'
import type { IdleMonitor } from '../monitor/monitor-api.ts'
import { observe } from '../observe.ts'
import type { TextOptions } from '../locales/page-locale.ts'
import { pageLocale } from '../locales/page-locale.ts'
import { Presses } from './presses.ts'
import { TabTitle } from './tab-title.ts'
import { TopLayer } from './top-layer.ts'
import { TypingGuard } from './typing-guard.ts'
import type { Warning } from './warning-content.ts'
import { stayingOf, warningOf } from './warning-content.ts'
import { WarningView } from './warning-view.ts'

export interface WarningDialogOptions extends TextOptions {
  /** Shows a button to sign out, which calls the monitor's `signOut()`. Default: yes. */
  readonly signOut?: boolean
  /**
   * Shows a notice on a page that is still there a second after its end. It has a button to leave the page. Default:
   * yes.
   */
  readonly endNotice?: boolean
}

/** Milliseconds that a page may be hidden without a notice. It may be shown again, or left, at any moment. */
const LATE_MS = 1000

/** Milliseconds that the dialog waits for a press on the page to end. */
const WAIT_MS = 1000

/** Milliseconds that an answer may take before the dialog says that it waits. */
const PATIENCE_MS = 500

/** Interval at which the dialog looks for changes beside the time left, in milliseconds. */
const LOOK_MS = 100

/**
 * Warns of the end of the session, and hides the page on the monitor's demand. The warning is a modal dialog, and a
 * text in the title of the tab. The monitor's `extendBy` decides whether any activity or only the button puts the end
 * off.
 *
 * It needs the stylesheet `client.css`.
 */
export function createWarningDialog (monitor: IdleMonitor, options: WarningDialogOptions = {}): { destroy (): void } {
  const { signOut: offersSignOut = true, endNotice = true } = options
  const locale = pageLocale(options)
  const root = native(document).documentElement
  const view = new WarningView(locale)
  const { dialog } = view
  const layer = new TopLayer(dialog)
  const title = new TabTitle(document)
  const [guard, use, presses] = [new TypingGuard(), new DialogUse(), new Presses()]
  const destroyed = new AbortController()
  const { signal } = destroyed
  let state = CLOSED
  let content: Warning | null = null
  let isShown = false
  let isHidden = false
  let hiddenMs = Infinity
  let busyMs = Infinity
  let pendingMs = Infinity
  let lastSeconds = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function dispatch (event: DialogEvent): void {
    state = next(state, event)
    update()
  }

  /** Brings dialog, title and page up to date. */
  function update (): void {
    clearTimeout(timer)
    if (signal.aborted) return
    const nowMs = performance.now()
    isHidden = root.hasAttribute(CONCEALED)
    hidePage(isHidden)
    hiddenMs = isHidden ? Math.min(hiddenMs, nowMs) : Infinity
    const isLate = nowMs >= hiddenMs + LATE_MS
    const snapshot = { ...monitor.getSnapshot(), concealed: isHidden }
    const situation = { offersSignOut, failed: state.failed, isLate }
    // A page in a frame does not warn: the page around it does.
    const isQuiet = monitor.isFramed || (snapshot.state === 'ended' && !endNotice)
    const warning = isQuiet ? null : warningOf(snapshot, locale, situation)
    const wanted: Wanted = warning === null
      ? snapshot.state === 'ended' ? 'end' : 'nothing'
      : warning.answer === 'close' ? 'look' : 'answer'
    state = next(state, { type: 'wanted', wanted, isUsed: nowMs < use.untilMs })
    const { phase, isAnswering, isSigningOut } = state
    const isBusy = isAnswering || isSigningOut
    busyMs = isBusy ? Math.min(busyMs, nowMs) : Infinity
    content = phase === 'asking'
      ? warning
      : phase === 'staying' ? stayingOf(locale, { ...situation, isSigningOut }) : null
    if (content !== null) {
      view.show(nowMs < busyMs + PATIENCE_MS ? content : { ...content, note: locale.wait })
      view.busy(isAnswering, isSigningOut)
    }
    count(warning)
    const isPending = isShown !== (content !== null)
    pendingMs = isPending ? Math.min(pendingMs, nowMs) : Infinity
    // The dialog closes after a press that began on it. It opens after a press on the page, or soon, since some people
    // write without a pause.
    const isPressed = presses.isDown(isShown, nowMs) && (isShown || nowMs < pendingMs + WAIT_MS)
    const isWaiting = isPending && (isPressed || (isShown && guard.holdsPart(nowMs)))
    if (!isWaiting) content === null ? close() : show()
    // The end may come before an answer, and would take text that is in no field.
    if (layer.isModal && !isHidden && guard.hasText(nowMs)) layer.aside(giveBack)
    const isRestless = isWaiting || isBusy || phase === 'staying' || (isHidden && !isLate)
    const leftMs = warning?.isTimed === true ? monitor.expiresInMs() : 0
    if (isRestless || isShown || leftMs > 0) {
      timer = setTimeout(update, Math.min(leftMs % 1000 || 1000, isRestless ? LOOK_MS : Infinity))
    }
  }

  /** Shows the time left, if it is known. */
  function count (warning: Warning | null): void {
    if (warning === null) {
      lastSeconds = 0
      return title.restore()
    }
    if (!warning.isTimed) return title.show(warning.title, true)
    const leftMs = monitor.expiresInMs()
    const seconds = Math.ceil(leftMs / 1000)
    const time = countdownText(locale, seconds)
    view.tick(time, leftMs)
    title.show(fill(locale.tab, time))
    if (isSpoken(lastSeconds, seconds)) view.speak(fill(locale.spoken, time))
    lastSeconds = seconds
  }

  function show (): void {
    if (isShown) return layer.check(isHidden)
    isShown = true
    use.leave()
    guard.begin()
    holdFocus()
    layer.open()
  }

  function giveBack (): void {
    releaseFocus()
    guard.giveBack()
    holdFocus()
  }

  function close (): void {
    if (!isShown) return
    isShown = false
    view.reset()
    layer.close()
    releaseFocus()
    guard.giveBack()
  }

  /** Checks whether the page has put something above the dialog. */
  function check (): void {
    if (isShown) layer.check(isHidden)
  }

  /** Waits for the end of an action. */
  function settle (what: 'answer' | 'signOut', work: Promise<boolean>): void {
    const done = (isDone: boolean): void => dispatch({ type: 'settled', what, isDone })
    work.then(done, () => done(false))
  }

  function answer (): void {
    if (content === null || state.isAnswering) return
    const { answer } = content
    use.leave()
    if (answer === 'leave') return monitor.leave()
    dispatch({ type: 'answer', isFinal: answer === 'close' })
    if (answer === 'close') return
    settle('answer', monitor[answer]().then(snapshot => snapshot.state !== 'offline'))
  }

  function signOut (): void {
    if (content === null || state.isSigningOut) return
    dispatch({ type: 'signOut' })
    settle('signOut', monitor.signOut().then(() => true))
  }

  listenToInput({
    dialog,
    layer,
    guard,
    use,
    presses,
    signal,
    isAsking: () => state.phase === 'asking',
    press (what) {
      if (what === view.signOut) signOut()
      // Escape answers, but leaves no page. So does a press beside the dialog when there is nothing left to ask.
      else if (what === view.answer || content?.answer === 'close' ||
        (what === 'escape' && content?.answer !== 'leave')) answer()
    },
    release: () => { if (isShown !== (content !== null)) update() }
  })
  // On a phone, the gesture for «Back» cancels the dialog.
  dialog.addEventListener('cancel', event => { event.preventDefault(); answer() })
  dialog.addEventListener('close', update)
  listen('toggle fullscreenchange', signal, check)
  const stops = [
    monitor.subscribe(update),
    observe(root, { attributeFilter: [CONCEALED] }, update),
    observe(root, { attributeFilter: ['open', 'inert'], subtree: true }, check)
  ]
  update()

  return {
    destroy () {
      destroyed.abort()
      clearTimeout(timer)
      for (const stop of stops) stop()
      title.destroy()
      hidePage(false)
      close()
    }
  }
}
