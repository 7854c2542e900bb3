import type { LiveView } from '../../core/view.ts'

/** A live answer in this page's time, in milliseconds of its own clock. */
export interface Basis {
  readonly view: LiveView
  /**
   * The time of the question. The remaining time counts from here, not from the answer: a slow answer, or one that
   * waited while the machine slept, promises nothing that the server did not.
   */
  readonly askedMs: number
  /** The last activity that the server knows of. */
  readonly activeMs: number
  readonly warnsMs: number
  readonly endsMs: number
}

/** The state before the first answer: no deadline, and nothing to wait for. */
export const NO_ANSWER = basisOf(
  {
    state: 'active',
    idleFor: 0,
    warnAfter: Infinity,
    expireAfter: Infinity,
    warnsIn: Infinity,
    expiresIn: Infinity,
    extendable: false,
    endsBy: 'idle'
  },
  -1e15
)

/** Milliseconds before the warning at which the page asks the server whether it must warn. */
const LEAD_MS = 3000

/** The shortest time between two questions that no caller waits for, in milliseconds. */
export const PAUSE_MS = 2000

/** The longest wait between two attempts, in milliseconds. It varies by a half. */
const LONGEST_RETRY_MS = 20_000

/** Milliseconds after the end at which the server confirms it. Its count began a little later than the page's. */
const AFTERMATH_MS = 300

/** Interval of the checks whether the machine slept, in milliseconds. No event may report a sleep. */
const HEARTBEAT_MS = 2000

/** The longest delay that timers of browsers take. With a longer one they fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** The least difference between an activity that is news and the last one, in milliseconds. */
export const SAME_MS = 1000

export function basisOf (view: LiveView, askedMs: number): Basis {
  return {
    view,
    askedMs,
    activeMs: askedMs - view.idleFor * 1000,
    warnsMs: askedMs + view.warnsIn * 1000,
    endsMs: askedMs + view.expiresIn * 1000
  }
}

/**
 * Checks whether an activity is news to the server. It neither knows the activity nor got a report of it, which it may
 * have ignored.
 */
export function isNews (
  { basis: { view, activeMs }, reportedMs }: { readonly basis: Basis, readonly reportedMs: number }, activityMs: number
): boolean {
  return view.extendable && activityMs > Math.max(activeMs, reportedMs) + SAME_MS
}

/**
 * Returns the time of the next question to the server.
 *
 * The page asks shortly before the warning, because the person may have been active elsewhere; during the warning,
 * whenever half of the remaining time is gone; and at the end. It reports an activity when the server is a quarter of
 * the idle time behind: if the machine then sleeps, the person is not taken to be away for much longer.
 */
export function nextQuestionMs (basis: Basis, hasNews: boolean, reportedMs: number): number {
  const { view, askedMs, activeMs, warnsMs, endsMs } = basis
  const beforeWarningMs = warnsMs - Math.min(LEAD_MS, view.warnAfter * 250)
  const reportMs = hasNews ? Math.max(activeMs, reportedMs) + view.expireAfter * 250 : Infinity
  if (askedMs < beforeWarningMs) return Math.min(beforeWarningMs, reportMs)
  const halfwayMs = askedMs + Math.max(PAUSE_MS, (endsMs - askedMs) / 2)
  return Math.min(reportMs, halfwayMs < endsMs - PAUSE_MS / 2 ? halfwayMs : endsMs + AFTERMATH_MS)
}

/**
 * Returns the wait after an unanswered question, in milliseconds. It grows with each attempt, and differs from page to
 * page.
 */
export function backoffMs (attempts: number, random = Math.random()): number {
  return Math.min(LONGEST_RETRY_MS, 500 * 2 ** attempts) * (0.5 + random)
}

/** Returns the delay until the next task, or the next change of state, in milliseconds. */
export function delayMs ({ warnsMs, endsMs }: Basis, nowMs: number, questionMs: number, isHidden: boolean): number {
  const changeMs = nowMs < warnsMs ? warnsMs : nowMs < endsMs ? endsMs : Infinity
  return Math.min(questionMs - nowMs, changeMs - nowMs, isHidden ? LONGEST_DELAY_MS : HEARTBEAT_MS)
}
