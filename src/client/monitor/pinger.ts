import type { LiveView } from '../../core/view.ts'
import type { PingAnswer } from '../../core/wire.ts'

export interface PingerOptions {
  /** Where the ping route is, on this site. */
  readonly pingUrl: string
  /** Default: the browser's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
}

/** After so long, a ping counts as not answered. */
const TIMEOUT_MS = 10_000

/**
 * Makes the one call that any idle timer needs: send your idle seconds, adopt the answer.
 *
 * @returns a function that takes the seconds since the person last did something (none: it only asks), and resolves with
 *   what the server says. It rejects when there is no such answer (the network is gone, the server fails, something in
 *   between answers in its place), which says nothing about the session.
 */
export function createPinger ({ pingUrl, fetch = ownFetch }: PingerOptions): (idleForSeconds?: number) => Promise<PingAnswer> {
  return async function ping (idleForSeconds) {
    const query = idleForSeconds === undefined ? '' : `?idleFor=${idleForSeconds}`
    const response = await fetch(pingUrl + query, {
      cache: 'no-store',
      // Whoever redirects a ping wants to show a page, and loading that would be activity.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS)
    })
    const answer: unknown = response.ok && await response.json()
    if (!isAnswer(answer)) throw new Error(`ping: ${response.status}`)
    return answer
  }
}

/** Looked for when it is called: a module that makes a pinger may be loaded by a server. */
function ownFetch (url: string, init: RequestInit): Promise<Response> {
  return globalThis.fetch(url, init)
}

const TIMES = ['idleFor', 'warnAfter', 'expireAfter', 'warnsIn', 'expiresIn'] as const satisfies Array<keyof LiveView>

/** Whether it is what a ping answers: other things answer too, a captive portal for one. */
export function isAnswer (value: unknown): value is PingAnswer {
  const answer = Object(value) as Record<string, unknown>
  return answer['state'] === 'ended' ? typeof answer['reason'] === 'string' : TIMES.every(time => Number.isFinite(answer[time]))
}
