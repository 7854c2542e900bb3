import { native } from './elements.ts'
import type { IdleMonitor } from './monitor/monitor-api.ts'

export interface PushOptions {
  /** The push route: the option `pushUrl` of the server. */
  readonly pushUrl: string
}

/** Pauses before a refused stream is asked for again, in milliseconds. Each is longer, up to ten minutes. */
const AGAIN_MS = 15_000
const LONGEST_AGAIN_MS = 600_000

/**
 * Listens for the end of the session on the push route. So a page is left within a second of a revocation, and not at
 * its next ping. Only a page that can be seen listens: over HTTP/1.1, a browser has six connections for all tabs of a
 * site. The page then asks the server, and the other tabs learn its answer. Listening is no activity.
 */
export function watchPush (monitor: IdleMonitor, { pushUrl }: PushOptions): { destroy (): void } {
  const destroyed = new AbortController()
  const { signal } = destroyed
  let stream: EventSource | undefined
  let isAway = false
  let refusals = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function update (): void {
    const isWanted = !signal.aborted && !isAway && !native(document).hidden && !monitor.isFramed &&
      monitor.tag !== null && monitor.getSnapshot().state !== 'ended'
    if (!isWanted) close()
    else if (stream === undefined && timer === undefined) open()
  }

  function open (): void {
    if (typeof EventSource !== 'function') return
    const opened = stream = new EventSource(pushUrl)
    opened.onopen = () => { refusals = 0 }
    opened.addEventListener('end', () => ask(opened))
    // The browser reconnects by itself, unless the server refused it: then there is no session, no store, or a proxy in
    // between.
    opened.onerror = () => { if (opened.readyState === EventSource.CLOSED) ask(opened) }
  }

  /** Asks the server whether the session has ended. If it goes on, a proxy or the store has refused the stream. */
  function ask (ended: EventSource): void {
    if (stream !== ended) return
    close()
    timer = setTimeout(() => {
      timer = undefined
      update()
    }, Math.min(LONGEST_AGAIN_MS, AGAIN_MS * 2 ** refusals) * (0.5 + Math.random()))
    if (refusals++ === 0) monitor.check().catch(() => {})
  }

  function close (): void {
    clearTimeout(timer)
    timer = undefined
    stream?.close()
    stream = undefined
  }

  function onPassage ({ type }: Event): void {
    isAway = type === 'pagehide' || (isAway && type !== 'pageshow')
    update()
  }

  for (const type of ['pagehide', 'pageshow', 'visibilitychange']) {
    addEventListener(type, onPassage, { capture: true, signal })
  }
  const unsubscribe = monitor.subscribe(update)
  update()
  return {
    destroy () {
      destroyed.abort()
      unsubscribe()
      close()
    }
  }
}
