import type { LiveView } from '../../core/view.ts'
import type { PingAnswer } from '../../core/wire.ts'

export interface PingerOptions {
  /** Where the ping route is, on this site. */
  readonly pingUrl: string
  /** Default: the browser's own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** Whose timers bound a ping. Default: the browser's own. */
  readonly window?: { setTimeout (run: () => void, ms: number): unknown, clearTimeout (timer: never): void }
}

/** After so long, a ping counts as not answered. */
const TIMEOUT_MS = 10_000

/**
 * Makes the one call that any idle timer needs: send your idle seconds, adopt the answer.
 *
 * @returns a function that takes the seconds since the person last did something (none: it only asks), and resolves
 * with
 *   what the server says. It rejects when there is no such answer (the network is gone, the server fails, something in
 *   between answers in its place), which says nothing about the session. Where something answered, the `cause` of the
 *   error is its status; 0 for a redirect.
 */
export function createPinger (
  { pingUrl, fetch, window = globalThis }: PingerOptions
): (idleForSeconds?: number, signal?: AbortSignal) => Promise<PingAnswer> {
  return async function ping (idleForSeconds, signal) {
    const controller = new AbortController()
    const abort = (): void => controller.abort()
    const timer = window.setTimeout(abort, TIMEOUT_MS)
    signal?.addEventListener('abort', abort)
    const query = idleForSeconds === undefined ? '' : `?idleFor=${idleForSeconds}`
    // A redirected ping leads to a page, and loading that would be activity.
    const init = { cache: 'no-store', redirect: 'manual', signal: controller.signal } as const
    // The promise of a request that the browser put aside with its page may never settle: the abort settles this one.
    return await new Promise<PingAnswer>((resolve, reject) => {
      controller.signal.addEventListener('abort', reject)
      ;(fetch ?? globalThis.fetch)(pingUrl + query, init).then(readAnswer).then(resolve, reject)
    }).finally(() => {
      window.clearTimeout(timer as never)
      signal?.removeEventListener('abort', abort)
    })
  }
}

async function readAnswer (response: Response): Promise<PingAnswer> {
  const answer: unknown = response.ok && await response.json().catch(() => null) // a page, in place of an answer
  if (!isAnswer(answer)) throw new Error(`ping: ${response.status}`, { cause: response.status })
  return answer
}

const TIMES = ['idleFor', 'warnAfter', 'expireAfter', 'warnsIn', 'expiresIn'] as const satisfies Array<keyof LiveView>

/** Whether it is what a ping answers: other things answer too, a captive portal for one. */
export function isAnswer (value: unknown): value is PingAnswer {
  const answer = Object(value) as Record<string, unknown>
  return answer['state'] === 'ended'
    ? typeof answer['reason'] === 'string'
    : TIMES.every(time => Number.isFinite(answer[time]))
}

/**
 * Whether something else than the ping route and its server answered: asking again will not help, loading a page may.
 */
export function isRefusal (error: unknown): boolean {
  const { cause } = Object(error) as { readonly cause?: unknown }
  return typeof cause === 'number' && cause < 500 && cause !== 429
}
