import type { EndReason } from '../../core/policy.ts'
import type { PingAnswer } from '../../core/wire.ts'
import { backoffMs, basisOf, delayMs, isNews, nextQuestionMs, SAME_MS } from './deadline.ts'
import { createListeners } from './listeners.ts'
import type { IdleMonitor, MonitorEvent, MonitorSnapshot, PageEndReason } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'
import type { Passage } from './page-events.ts'
import { listenToPage } from './page-events.ts'
import { createPinger, isAnswer } from './pinger.ts'
import { requestSignOut } from './sign-out.ts'
import type { Known } from './standing.ts'
import { counts, eventsBetween, isDoubtful, isFinal, isSomebodys, nothingKnown, snapshotOf } from './standing.ts'
import { createSteadyClock } from './steady-clock.ts'
import type { Hint, TabChannel } from './tab-channel.ts'
import { openChannel } from './tab-channel.ts'

/**
 * Watches over the session of a page: notices what its person does, tells the server in time, warns, hides the page at the end, and leaves
 * it when the server confirms that. It has no looks: while `<html>` has the attribute `data-session-concealed`, a stylesheet must hide the page.
 */
export function createIdleMonitor (options: MonitorOptions): IdleMonitor {
  const { pingUrl, extendBy, window: win = window, fetch = window.fetch } = options
  const ping = createPinger({ pingUrl, fetch })
  const clock = createSteadyClock(win)
  const { on, tell } = createListeners<MonitorEvent | 'change', MonitorSnapshot>()
  const fresh = (): Known => nothingKnown(options, clock.now())
  let known = fresh()
  let snapshot = snapshotOf(known, 0, false)
  let running: AbortController | null = null
  let channel: TabChannel | undefined
  let timer: unknown
  /** What the person of this page did last, those of all tabs did last, and the server was told last. */
  let ownMs = -Infinity
  let anyMs = -Infinity
  let toldMs = -Infinity
  const keepers = new Set<object>()
  let underWay = 0
  let failures = 0
  let hasWaited = false
  let turn = 0
  let notBeforeMs = -Infinity
  let why: EndReason | 'none' = 'none' // as far as this tab or another one knows: a server that took the cookie away cannot say

  function conceal (isConcealed: boolean): void {
    win.document.documentElement.toggleAttribute('data-session-concealed', isConcealed)
  }

  /** Brings the page up to the moment. Everything begins with this, before anything counts as activity. */
  function look (): number {
    const nowMs = clock.now()
    known.doubtMs = Math.max(known.doubtMs, clock.leaptMs)
    publish(snapshotOf(known, nowMs, failures > 0))
    return nowMs
  }

  function publish (next: MonitorSnapshot): void {
    if (String(Object.values(next)) === String(Object.values(snapshot))) return
    const events = eventsBetween(snapshot, next)
    snapshot = next
    conceal(next.concealed && running !== null)
    tell(['change', ...events], next)
  }

  function activity (): void {
    const nowMs = look()
    if (nowMs - ownMs < SAME_MS) return
    if (counts(known, nowMs, extendBy)) {
      ownMs = anyMs = nowMs
      channel?.send({ at: win.Date.now() })
    }
    step()
  }

  /** Does what is due, and sets the timer for what comes next. */
  function step (): void {
    const nowMs = look()
    const { basis } = known
    if (running === null || known.over !== null) return
    if (keepers.size > 0 && counts(known, nowMs, extendBy)) ownMs = anyMs = nowMs
    const hasNews = isNews(basis, ownMs, toldMs)
    // Whoever looks at a warning and answers it waits for nothing.
    const isUrgent = hasNews && snapshot.state === 'warning'
    const nextMs = isDoubtful(known) ? nowMs : nextQuestionMs(basis, hasNews, toldMs)
    const dueMs = isUrgent ? nowMs : Math.max(notBeforeMs, nextMs)
    if (underWay === 0 && dueMs <= nowMs) (isUrgent ? ask() : askForAll()).then(step)
    win.clearTimeout(timer as never)
    timer = win.setTimeout(step, delayMs(basis, nowMs, underWay === 0 ? dueMs : Infinity, win.document.hidden))
  }

  /** One tab asks for all: the one that all hear first. Who was not, and then hears of no answer, asks for itself. */
  async function askForAll (): Promise<void> {
    if (hasWaited || channel === undefined) return await ask()
    hasWaited = true
    notBeforeMs = clock.now() + backoffMs(2)
    turn = Math.random()
    channel.send({ at: win.Date.now(), turn })
  }

  /** @param isDeed whether asking is itself what somebody does */
  async function ask (isDeed = false): Promise<void> {
    const askedMs = look()
    const [period, at] = [running, win.Date.now()]
    if (isDeed && !snapshot.concealed && !isDoubtful(known)) ownMs = anyMs = askedMs
    // Asking whether the end is there does not put it off.
    const newsMs = isDeed ? askedMs : isNews(known.basis, anyMs, toldMs) && !snapshot.concealed ? anyMs : undefined
    underWay++
    let answer = await ping(newsMs === undefined ? undefined : (askedMs - newsMs) / 1000).catch(() => null)
    underWay--
    if (answer?.state === 'ended' && answer.reason === 'none') answer = { ...answer, reason: why }
    // What comes late undoes nothing that came of a later question.
    if (period !== running || askedMs < known.basis.askedMs || isFinal(known)) return
    if (answer === null) {
      notBeforeMs = clock.now() + backoffMs(++failures)
    } else {
      toldMs = newsMs ?? toldMs
      channel?.send({ at, answer })
      adopt(answer, askedMs)
    }
    look()
  }

  function adopt (answer: PingAnswer, askedMs: number): void {
    const { tag } = known
    failures = turn = 0
    hasWaited = false
    notBeforeMs = -Infinity
    if (answer.state === 'ended') return end(answer.reason)
    // Somebody else may have signed in meanwhile: what is hidden here is not for them.
    if (snapshot.concealed && tag !== null && answer.tag !== tag) return end('none')
    known.over = null
    known.basis = basisOf(answer, askedMs)
    known.tag = answer.tag ?? tag
    if (running !== null && (known.tag !== tag || channel === undefined)) connect(known.tag)
  }

  function connect (tag: string | null): void {
    channel?.close()
    channel = tag === null ? undefined : openChannel(tag, win, hear)
  }

  /** What other tabs say. What they have from the server is believed, but for an end that comes early. */
  function hear ({ at, answer, turn: other }: Hint): void {
    const nowMs = look()
    const atMs = nowMs - (win.Date.now() - at)
    // What seems to come from later was said before the shared clock was set back, and nobody knows when.
    if (known.over !== null || atMs > nowMs) return
    if (other !== undefined) {
      // Its answer will be for all.
      if (other === turn) ask().then(step)
      turn = 0
      notBeforeMs = atMs + backoffMs(2)
    } else if (answer === undefined) {
      if (atMs > anyMs && counts(known, nowMs, extendBy)) anyMs = atMs
    } else if (atMs > known.basis.askedMs && isAnswer(answer)) {
      if (answer.state !== 'ended' || snapshot.concealed) adopt(answer, atMs)
      else {
        why = answer.reason
        known.doubtMs = atMs
        if (underWay === 0) ask().then(step)
      }
      step()
    }
  }

  function end (reason: PageEndReason): void {
    known.over = reason
    look()
    leaveAtEnd()
  }

  function leaveAtEnd (): void {
    if (running !== null && isFinal(known)) leave()
  }

  function leave (): void {
    // Not reload(): that would send a form once more. And the page is none to come back to.
    if (options.onEnd === undefined) win.location.replace(options.redirectToLogout ?? win.location.pathname + win.location.search)
    else options.onEnd(known.over ?? 'none')
  }

  /** The page comes and goes, or something tells that it did. */
  function onPassage ({ type, persisted }: Passage): void {
    const nowMs = look()
    const goes = type === 'pagehide'
    if (goes || win.document.hidden) report(nowMs)
    if (type === 'online') notBeforeMs = nowMs
    if (persisted === true) {
      // The page may come back as it is, from the browser's memory, to whoever presses «Back»: hidden, and knowing nothing.
      if (isSomebodys(known)) known.veilMs = known.doubtMs = nowMs
      connect(goes ? null : known.tag)
      if (!goes) leaveAtEnd()
    }
    if (goes) look()
    else step()
  }

  /** Tells the last activity while it can be told. */
  function report (nowMs: number): void {
    if (!counts(known, nowMs, extendBy) || !isNews(known.basis, ownMs, toldMs)) return
    win.navigator.sendBeacon?.(pingUrl, `{"idleFor":${(nowMs - ownMs) / 1000}}`)
    toldMs = ownMs
  }

  function start (): void {
    if (running !== null) return
    running = new AbortController()
    known = fresh()
    why = 'none'
    listenToPage(win, running.signal, activity, onPassage)
    connect(known.tag)
    step()
  }

  function stop (): void {
    running?.abort()
    running = null
    win.clearTimeout(timer as never)
    connect(null)
    conceal(false)
  }

  async function check (isDeed = false): Promise<MonitorSnapshot> {
    if (!isFinal(known)) await ask(isDeed)
    step()
    return snapshot
  }

  return {
    start,
    stop,
    activity,
    extend: () => check(true),
    check: () => check(),
    leave,
    async signOut () {
      await requestSignOut(options, fetch)
      why = 'logout'
      await check()
      if (known.over === null) throw new Error('signOut failed')
    },
    keepActive () {
      const keeper = {}
      keepers.add(keeper)
      step()
      return () => { keepers.delete(keeper) }
    },
    subscribe: listener => on('change', listener),
    getSnapshot: () => snapshot,
    expiresInMs: () => Math.max(0, known.basis.endsMs - clock.now()),
    on,
    get tag () { return known.tag }
  }
}
