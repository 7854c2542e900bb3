import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { CookieJar } from './cookie-jar.ts'
import type { KitCore } from './kit-core.ts'
import type { RequestKind } from './requests.ts'
import { KINDS, pathOf } from './requests.ts'
import { TabChannels } from './tab-channels.ts'

/** A machine with one browser. It holds what its tabs share. */
export class Machine {
  readonly kit: KitCore
  readonly jar: CookieJar
  readonly channels = new TabChannels()
  isLidClosed = false
  readonly #headers: Readonly<Record<string, string>>

  constructor (kit: KitCore, headers: Readonly<Record<string, string>>) {
    this.kit = kit
    this.jar = new CookieJar(() => kit.timeline.nowMs)
    this.#headers = headers
  }

  /** Sends a request with the cookies of the browser, and keeps those of the answer. */
  async send (options: InjectOptions, kind?: RequestKind): Promise<LightMyRequestResponse> {
    const { method = 'GET', url } = options
    const path = pathOf(String(url))
    const response = await this.kit.pending.track(`${method} ${path}`, Promise.resolve(this.kit.app.inject({
      ...options,
      headers: { ...(kind === undefined ? {} : KINDS[kind]), ...this.#headers, ...options.headers },
      cookies: { ...this.jar.cookiesFor(path), ...options.cookies }
    })))
    this.jar.receive(response, path)
    return response
  }

  /** Runs a function at once. All tabs of a machine sleep together, so a sender's peers are awake. */
  whenAwake (run: () => void): void {
    this.kit.pending.stir()
    run()
  }
}
