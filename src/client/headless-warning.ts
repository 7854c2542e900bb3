import type { TextOptions } from './locales/page-locale.ts'
import { pageLocale } from './locales/page-locale.ts'
import { countdownText, fill } from './locales/phrases.ts'
import type { IdleMonitor, MonitorSnapshot } from './monitor/monitor-api.ts'
import type { Answer } from './warning/warning-content.ts'
import { stayingOf, warningOf } from './warning/warning-content.ts'

/** The content of a warning at one moment, for a look of your own. It is immutable; each change makes a new object. */
export interface SessionWarning {
  readonly title: string
  /** The main text. It says how much time is left, if that is known. */
  readonly text: string
  /** Says which action failed, or cannot be done now; empty for nothing. */
  readonly note: string
  /** The label of the button that answers. */
  readonly answerLabel: string
  /** The label of the button that signs out; `null` if there is none. */
  readonly signOutLabel: string | null
  /** Seconds until the end, rounded up. `null` if the page is hidden and the server cannot be reached. */
  readonly seconds: number | null
  /** True while the server is asked to do what a button says. */
  readonly isBusy: boolean
  readonly lang: string
  readonly dir: 'ltr' | 'rtl'
}

export interface SessionWarningOptions extends TextOptions {
  /** Whether the warning offers to sign out. Default: yes. */
  readonly signOut?: boolean
}

/** The warning as frameworks take it. It ticks only while a listener is subscribed. */
export interface WarningSource {
  /** @returns a function that unsubscribes */
  readonly subscribe: (listener: () => void) => () => void
  /** Returns `null` if there is nothing to warn of. */
  readonly getSnapshot: () => SessionWarning | null
  /** Does what the first button says: stay signed in, close, or try again. */
  readonly answer: () => Promise<void>
  /** Signs out. If that fails, the warning says so. */
  readonly signOut: () => Promise<void>
}

/** The snapshot before a monitor exists, and on a server. */
export const NOTHING_KNOWN: MonitorSnapshot = Object.freeze({
  state: 'active',
  concealed: false,
  extendable: false,
  endsBy: 'idle',
  reason: null,
  refused: false,
  user: null,
  warnAfter: Infinity,
  expireAfter: Infinity
})

/** Follows a monitor, and gives the content that the dialog would show. */
export function createWarningSource (monitor: IdleMonitor, options: SessionWarningOptions = {}): WarningSource {
  const locale = pageLocale(options)
  const isOffered = options.signOut ?? true
  const listeners = new Set<() => void>()
  let shown: SessionWarning | null = null
  let underWay = 0
  let failed: 'answer' | 'signOut' | null = null
  let isDismissed = false
  let action: Answer | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopListening: (() => void) | undefined

  function currentWarning (): SessionWarning | null {
    const situation = { offersSignOut: isOffered, failed }
    // The warning says that a sign-out failed, even if the session goes on.
    const warning = warningOf(monitor.getSnapshot(), locale, situation) ?? (failed === 'signOut'
      ? stayingOf(locale, situation)
      : null)
    action = warning?.answer
    if (action !== 'close') isDismissed = false
    if (warning === null || isDismissed) return null
    const { title, text, note, label, offersSignOut, isTimed } = warning
    const left = Math.ceil(monitor.expiresInMs() / 1000)
    const seconds = isTimed && Number.isFinite(left) ? left : null
    return {
      title,
      text: seconds === null ? text : fill(text, countdownText(locale, seconds)),
      note,
      answerLabel: label,
      signOutLabel: offersSignOut ? locale.signOut : null,
      seconds,
      isBusy: underWay > 0,
      lang: locale.lang,
      dir: locale.dir
    }
  }

  function refresh (): boolean {
    const next = currentWarning()
    if (JSON.stringify(next) === JSON.stringify(shown)) return false
    shown = next
    return true
  }

  function update (): void {
    clearTimeout(timer)
    if (listeners.size === 0) return
    const leftMs = monitor.expiresInMs()
    if (refresh()) for (const listener of [...listeners]) listener()
    if (shown?.seconds != null && leftMs > 0) timer = setTimeout(update, leftMs % 1000 || 1000)
  }

  /** @returns true if the server did it; if not, the monitor's snapshot shows the cause */
  async function ask (work: () => Promise<unknown>): Promise<boolean> {
    underWay++
    update()
    const isDone = await work().then(() => true, () => false)
    underWay--
    return isDone
  }

  return {
    subscribe (listener) {
      listeners.add(listener)
      stopListening ??= monitor.subscribe(update)
      update()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearTimeout(timer)
        stopListening?.()
        stopListening = undefined
      }
    },
    getSnapshot () {
      if (listeners.size === 0) refresh()
      return shown
    },
    async answer () {
      failed = null
      isDismissed = action === 'close'
      const isDone = action === 'extend'
        ? await ask(() => monitor.extend())
        : action === 'check' ? await ask(() => monitor.check()) : true
      if (action === 'leave') monitor.leave()
      if (!isDone) failed = 'answer'
      update()
    },
    async signOut () {
      failed = await ask(() => monitor.signOut()) ? null : 'signOut'
      update()
    }
  }
}
