import { CALL_MS } from './driver.ts'

/** Calls a WebDriver (https://www.w3.org/TR/webdriver2/), each time with a time-out, since a browser may hang. */
export class WebDriver {
  readonly #base: string

  constructor (base: string) {
    this.#base = base
  }

  /** @throws {Error} with the driver's own message */
  async call (method: 'GET' | 'POST', path: string, body: object = {}, ms = CALL_MS): Promise<unknown> {
    const response = await fetch(this.#base + path, {
      method,
      signal: AbortSignal.timeout(ms),
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {})
    })
    const { value } = Object(await response.json()) as { readonly value: unknown }
    if (response.ok) return value
    const { error, message } = Object(value) as { readonly error: unknown, readonly message: unknown }
    throw new Error(`${method} ${path}: ${String(error)}: ${String(message)}`)
  }
}
