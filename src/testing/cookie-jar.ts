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

  /** Those that go out with a request, as `{ name: value }`. */
  cookiesFor (path: string): Record<string, string> {
    const nowMs = this.#nowMs()
    this.#cookies = this.#cookies.filter(({ endsMs }) => endsMs > nowMs)
    const sent = this.#cookies.filter(cookie => isWithin(path, cookie.path))
    // Of two of one name servers take the one of the longer path.
    sent.sort((a, b) => a.path.length - b.path.length)
    return Object.fromEntries(sent.map(({ name, value }) => [name, value]))
  }

  /** Takes in the cookies of an answer. @param requestPath what was asked for */
  receive ({ cookies }: LightMyRequestResponse, requestPath: string): void {
    for (const line of cookies) {
      this.#keep(line, line.path?.startsWith('/') === true ? line.path : folderOf(requestPath))
    }
  }

  /** Forgets those that live as long as the browser. */
  quit (): void {
    this.#cookies = this.#cookies.filter(({ endsMs }) => endsMs !== Infinity)
  }

  #keep (line: Line, path: string): void {
    const { name, value } = line
    this.#cookies = this.#cookies.filter(cookie => cookie.name !== name || cookie.path !== path)
    this.#cookies.push({ name, value, path, endsMs: this.#nowMs() + lifeMsOf(line) })
  }
}

/** The server wrote `Expires` by the real time of day, which the kit's clock does not follow: its distance counts. */
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
