import type { TextOptions } from './locales/page-locale.ts'
import { pageLocale } from './locales/page-locale.ts'
import { countdownText, fill } from './locales/phrases.ts'
import type { IdleMonitor, MonitorSnapshot } from './monitor/monitor-api.ts'
import type { Answer } from './warning/warning-content.ts'
import { stayingOf, warningOf } from './warning/warning-content.ts'

/** What a warning says at one moment, for a look of your own. Immutable; a new object when something of it changes. */
export interface SessionWarning {
  readonly title: string
  /** Says how much time is left, where that is known. */
  readonly text: string
  /** What cannot be done just now; empty for nothing. */
  readonly note: string
  /** The label of the button that answers. */
  readonly answerLabel: string
  /** The label of the button that signs out; `null`: there is none. */
  readonly signOutLabel: string | null
  /** Until the end, rounded up; `null` where nobody knows: the page is hidden, and the server cannot be reached. */
  readonly seconds: number | null
  /** Whether the server is being asked what a button wants. */
  readonly isBusy: boolean
  readonly lang: string
  readonly dir: 'ltr' | 'rtl'
}

export interface SessionWarningOptions extends TextOptions {
  /** Whether the warning offers to sign out. Default: yes. */
  readonly signOut?: boolean
}

/** The warning as frameworks take it. It ticks only while somebody listens. */
export interface WarningSource {
  /** @returns off */
  readonly subscribe: (listener: () => void) => () => void
  /** `null`: there is nothing to warn of. */
  readonly getSnapshot: () => SessionWarning | null
  /** What the first button does: stay signed in, close, or try again. */
  readonly answer: () => Promise<void>
  /** Signs out; where that fails, the warning says so. */
  readonly signOut: () => Promise<void>
}

/** What a monitor says before there is one, and on a server. */
export const NOTHING_KNOWN: MonitorSnapshot = Object.freeze({
  state: 'active', concealed: false, extendable: false, endsBy: 'idle', reason: null, refused: false, user: null, warnAfter: Infinity, expireAfter: Infinity
})

/** Follows a monitor, and says what the dialog would. */
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

  function look (): SessionWarning | null {
    const situation = { offersSignOut: isOffered, failed }
    // A sign-out that failed is said, also where the session goes on.
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
    const next = look()
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

  /** @returns whether the server did it; where not, the monitor says what is the matter */
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
