import type { LiveView } from '../../core/view.ts'
import type { PingAnswer } from '../../core/wire.ts'

export interface PingerOptions {
  /** The address of the ping route, on this site. */
  readonly pingUrl: string
  /** Sends a request. Default: the browser's own `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  /** The timers that bound a ping. Default: the browser's own. */
  readonly window?: { setTimeout (run: () => void, ms: number): unknown, clearTimeout (timer: never): void }
}

/** Milliseconds after which a ping counts as unanswered. */
const TIMEOUT_MS = 10_000

/**
 * Creates the function that any idle timer needs: send idle seconds, get the server's answer.
 *
 * @returns a function that takes the seconds since the last activity (without them, it only asks), and resolves with
 *   the server's answer. It rejects without such an answer: the network is gone, the server fails, or something in
 *   between answers in its place. That says nothing about the session. If there was an answer, the `cause` of the error
 *   is its status; 0 for a redirect.
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
    // A browser may put a request aside with its page, and its promise then never settles. The abort settles this one.
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
  const answer: unknown = response.ok && await response.json().catch(() => null) // the answer may be a page
  if (!isAnswer(answer)) throw new Error(`ping: ${response.status}`, { cause: response.status })
  return answer
}

const TIMES = ['idleFor', 'warnAfter', 'expireAfter', 'warnsIn', 'expiresIn'] as const satisfies Array<keyof LiveView>

/** Checks whether a value is the answer of a ping. A captive portal, for one, answers something else. */
export function isAnswer (value: unknown): value is PingAnswer {
  const answer = Object(value) as Record<string, unknown>
  return answer['state'] === 'ended'
    ? typeof answer['reason'] === 'string'
    : TIMES.every(time => Number.isFinite(answer[time]))
}

/** Checks whether something else than the ping route answered. Asking again will not help; loading a page may. */
export function isRefusal (error: unknown): boolean {
  const { cause } = Object(error) as { readonly cause?: unknown }
  return typeof cause === 'number' && cause < 500 && cause !== 429
}
