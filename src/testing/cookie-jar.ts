import type { LightMyRequestResponse } from 'fastify'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
  /** By the kit's clock; `Infinity` for one that lives as long as the browser. */
  readonly endsMs: number
}

type Line = LightMyRequestResponse['cookies'][number]

/** The cookies of one browser: kept, and given back, by path and age (RFC 6265). */
export class CookieJar {
  readonly #nowMs: () => number
  #cookies: Cookie[] = []

  /** @param nowMs the kit's clock */
  constructor (nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Returns the cookies that a request sends, as `{ name: value }`. */
  cookiesFor (path: string): Record<string, string> {
    const nowMs = this.#nowMs()
    this.#cookies = this.#cookies.filter(({ endsMs }) => endsMs > nowMs)
    const sent = this.#cookies.filter(cookie => isWithin(path, cookie.path))
    // The last of two cookies with one name counts: that of the longer path.
    sent.sort((a, b) => a.path.length - b.path.length)
    return Object.fromEntries(sent.map(({ name, value }) => [name, value]))
  }

  /**
   * Keeps the cookies of an answer.
   *
   * @param requestPath the path of the request, which is the default path of a cookie
   */
  receive ({ cookies }: LightMyRequestResponse, requestPath: string): void {
    for (const line of cookies) {
      this.#keep(line, line.path?.startsWith('/') === true ? line.path : folderOf(requestPath))
    }
  }

  /** Forgets the cookies that live as long as the browser. */
  quit (): void {
    this.#cookies = this.#cookies.filter(({ endsMs }) => endsMs !== Infinity)
  }

  #keep (line: Line, path: string): void {
    const { name, value } = line
    this.#cookies = this.#cookies.filter(cookie => cookie.name !== name || cookie.path !== path)
    this.#cookies.push({ name, value, path, endsMs: this.#nowMs() + lifeMsOf(line) })
  }
}

/** Returns the age of a cookie. `Expires` is by the real time of day, so its distance from now counts. */
function lifeMsOf ({ maxAge, expires }: Line): number {
  if (maxAge !== undefined) return maxAge * 1000
  return expires === undefined ? Infinity : expires.getTime() - Date.now()
}

function isWithin (path: string, cookiePath: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}

function folderOf (path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}
