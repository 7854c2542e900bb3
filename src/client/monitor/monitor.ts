import type { PingAnswer } from '../../core/wire.ts'
import { CONCEALED } from '../attributes.ts'
import { native } from '../elements.ts'
import { listen } from '../listen.ts'
import { createActivityFilter } from './activity.ts'
import type { TabChannel } from './channel.ts'
import { openChannel } from './channel.ts'
import { SAME_MS } from './deadline.ts'
import { announce, hostOf } from './hosts.ts'
import { createLeaving } from './leaving.ts'
import { attempt, createListeners } from './listeners.ts'
import type { IdleMonitor, MonitorEvent, MonitorSnapshot, PageEndReason, PageOptions } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'
import { next } from './next.ts'
import { ACTIVITY, PASSAGES } from './page-events.ts'
import { isRevisit, requestTime } from './page-time.ts'
import { createPinger, isRefusal } from './pinger.ts'
import { requestSignOut } from './sign-out.ts'
import type { Effect, EffectValues, EventValues, Hint, MonitorInput, PassageType, Question, SiteHint } from './state.ts'
import { initialState } from './state.ts'
import { createSteadyClock } from './steady-clock.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Watches over the session of a page.
 *
 * It notices what the person does, reports that to the server in time, warns, hides the page at the end, and leaves it
 * when the server confirms the end. It has no looks: while `<html>` has the attribute `data-session-concealed`, the
 * page must not be rendered. It decides nothing itself: `next()` does.
 */
export function createIdleMonitor (options: MonitorOptions): IdleMonitor {
  const { pingUrl, window: win = globalThis as unknown as Surroundings } = options
  const ping = createPinger({ ...options, window: win })
  const clock = createSteadyClock(win)
  const { on, notify } = createListeners<MonitorEvent | 'change', MonitorSnapshot>()
  const waiting = new Map<Question, () => void>()
  const leaving = createLeaving(options, win)
  /** Effects of the present turn: those to come, and those just run. */
  const effects: Effect[] = []
  let state = initialState(options, clock.now())
  let page: PageOptions = options
  let running: AbortController | undefined
  let asked = new AbortController()
  let site: TabChannel | undefined
  let channel: TabChannel | undefined
  let timer: unknown

  function dispatch<Type extends keyof EventValues> (type: Type, value: EventValues[Type]): readonly Effect[] {
    const nowMs = clock.now()
    const { hidden: isHidden } = native(win.document)
    const moment = { nowMs, leaptMs: clock.leaptMs, at: win.Date.now(), random: Math.random(), isHidden }
    const result = next(state, { ...moment, type, value } as MonitorInput)
    state = result.state
    effects.push(...result.effects)
    // A listener may dispatch an event meanwhile. Its effects run after the present ones.
    if (effects.length === result.effects.length) {
      for (const [name, detail] of effects) attempt(() => run[name](detail as never))
      effects.length = 0
    }
    return result.effects
  }

  const run: { readonly [Type in keyof EffectValues]: (value: EffectValues[Type]) => void } = {
    connect (tag) {
      disconnect()
      site = openChannel<SiteHint>(`fss ${pingUrl}`, win, hint => dispatch('siteHint', hint))
      channel = tag === null ? undefined : openChannel<Hint>(`fss:${tag}`, win, hint => dispatch('hint', hint))
    },
    disconnect () {
      disconnect()
      asked.abort()
      asked = new AbortController()
      win.clearTimeout(timer as never)
    },
    ask (question) {
      const { askedMs, activityMs } = question
      const reply = (answer: PingAnswer | null, refused: boolean): void => {
        dispatch('reply', { question, answer, refused })
        waiting.get(question)?.()
        waiting.delete(question)
      }
      ping(activityMs === undefined ? undefined : (askedMs - activityMs) / 1000, asked.signal)
        .then(answer => {
          reply(answer, false)
          if (state.over === null) leaving.goOn()
        }, (error: unknown) => reply(null, isRefusal(error)))
    },
    send: hint => channel?.send(hint),
    sendToSite: hint => site?.send(hint),
    timer (ms) {
      win.clearTimeout(timer as never)
      timer = win.setTimeout(() => dispatch('timer', undefined), ms)
    },
    beacon: idleMs => win.navigator.sendBeacon?.(pingUrl, `{"idleFor":${idleMs / 1000}}`),
    notify (names) {
      native(win.document).documentElement.toggleAttribute(CONCEALED, isConcealed())
      notify(names, state.snapshot)
    },
    leave: reason => leave(reason, false)
  }

  function isConcealed (): boolean {
    return state.snapshot.concealed && state.isRunning
  }

  /** Puts the attribute back when another script or another monitor removes it. */
  function keepConcealed (signal: AbortSignal): void {
    if (!win.MutationObserver) return
    const { documentElement: root } = native(win.document)
    const observer = new win.MutationObserver(() => { if (isConcealed()) root.toggleAttribute(CONCEALED, true) })
    observer.observe(root as never, { attributeFilter: [CONCEALED] })
    signal.addEventListener('abort', () => observer.disconnect())
  }

  function disconnect (): void {
    channel?.close()
    site?.close()
  }

  async function check (isActivity = false): Promise<MonitorSnapshot> {
    const question = dispatch('check', isActivity).find(effect => effect[0] === 'ask')?.[1]
    if (question !== undefined) await new Promise<void>(resolve => waiting.set(question, resolve))
    return state.snapshot
  }

  function activity (): void {
    if (clock.now() - state.ownMs >= SAME_MS) dispatch('activity', undefined)
  }

  function leave (reason: PageEndReason, isWanted: boolean): void {
    const { period } = state
    leaving.leave(reason, isWanted, () => period === state.period)
  }

  const monitor: IdleMonitor = {
    start () {
      if (state.isRunning) return
      const isActivity = createActivityFilter()
      running = new AbortController()
      listen(ACTIVITY, running.signal, event => { if (isActivity(event)) activity() }, win)
      listen(PASSAGES, running.signal, ({ type }) => dispatch(type as PassageType, undefined), win)
      keepConcealed(running.signal)
      announce(win, pingUrl, monitor)
      const isFirst = state.period === 0
      dispatch('start', { page, askedMs: isFirst ? requestTime(win) : null, isRevisit: isFirst && isRevisit(win) })
    },
    stop () {
      running?.abort()
      announce(win, pingUrl, undefined)
      dispatch('stop', undefined)
    },
    activity,
    extend: () => check(true),
    check: () => check(),
    leave: () => leave(state.over ?? 'none', true),
    async signOut () {
      await requestSignOut(options)
      dispatch('signedOut', undefined)
      await check()
      if (state.over === null) throw new Error('signOut failed')
    },
    keepActive () {
      let count: 1 | 0 = 1
      dispatch('keep', count)
      return () => {
        dispatch('keep', -count)
        count = 0
      }
    },
    beforeLeave: leaving.beforeLeave,
    setPage (changed) {
      page = changed
      dispatch('page', { page, askedMs: null })
    },
    note: note => { dispatch('note', note) },
    subscribe: listener => on('change', listener),
    getSnapshot: () => state.snapshot,
    expiresInMs: () => Math.max(0, state.basis.endsMs - clock.now()),
    on,
    get isFramed () { return hostOf(win, pingUrl) !== undefined },
    get tag () { return state.tag },
    pingUrl
  }
  return monitor
}
