import type { LiveView } from '../../core/view.ts'

/** What a live answer means in this page's time, in milliseconds of its own clock. */
export interface Basis {
  readonly view: LiveView
  /**
   * When it was asked for. What is left counts from here, not from when the answer came, so that a slow answer, or
   * one that lay there while the machine slept, promises nothing that the server did not.
   */
  readonly askedMs: number
  /** The last activity that the server knows of. */
  readonly activeMs: number
  readonly warnsMs: number
  readonly endsMs: number
}

/** Before the first answer, there is nothing to wait for, and no end. */
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

/** How long before the warning the server is asked whether it is due. */
const LEAD_MS = 3000

/** The shortest time between two questions for whose answers nobody waits. */
export const PAUSE_MS = 2000

/** The longest wait between two attempts to reach the server, give or take a half. */
const LONGEST_RETRY_MS = 20_000

/** How long after the end the server is asked to confirm it: it began to count a little later than the page. */
const AFTERMATH_MS = 300

/** How often a page that can be seen checks whether the machine slept: no event may report it. */
const HEARTBEAT_MS = 2000

/** The longest delay that timers of browsers take: with a longer one they fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** An activity that is newer than the last one known by less than this is no news. */
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

/** Whether the server neither knows of an activity nor got a report of it, which it may have left aside. */
export function isNews (
  { basis: { view, activeMs }, reportedMs }: { readonly basis: Basis, readonly reportedMs: number }, activityMs: number
): boolean {
  return view.extendable && activityMs > Math.max(activeMs, reportedMs) + SAME_MS
}

/**
 * When to ask the server next. Shortly before the warning, because somebody may have been active elsewhere; while it
 * stands, each time that half of what was left is gone; and at the end. An activity is reported when the server is a
 * quarter of the idle time behind: a person whose machine then goes to sleep is not taken to be away for much longer.
 */
export function nextQuestionMs (basis: Basis, hasNews: boolean, reportedMs: number): number {
  const { view, askedMs, activeMs, warnsMs, endsMs } = basis
  const beforeWarningMs = warnsMs - Math.min(LEAD_MS, view.warnAfter * 250)
  const reportMs = hasNews ? Math.max(activeMs, reportedMs) + view.expireAfter * 250 : Infinity
  if (askedMs < beforeWarningMs) return Math.min(beforeWarningMs, reportMs)
  const halfwayMs = askedMs + Math.max(PAUSE_MS, (endsMs - askedMs) / 2)
  return Math.min(reportMs, halfwayMs < endsMs - PAUSE_MS / 2 ? halfwayMs : endsMs + AFTERMATH_MS)
}

/** How long to wait after a question that was not answered: longer each time, and not all pages equally long. */
export function backoffMs (attempts: number, random = Math.random()): number {
  return Math.min(LONGEST_RETRY_MS, 500 * 2 ** attempts) * (0.5 + random)
}

/** How long to wait until there is something to do, or the page changes by itself. */
export function delayMs ({ warnsMs, endsMs }: Basis, nowMs: number, dueMs: number, isHidden: boolean): number {
  const changeMs = nowMs < warnsMs ? warnsMs : nowMs < endsMs ? endsMs : Infinity
  return Math.min(dueMs - nowMs, changeMs - nowMs, isHidden ? LONGEST_DELAY_MS : HEARTBEAT_MS)
}
