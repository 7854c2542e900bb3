import type { Tab } from './driver.ts'
import { READ_MS } from './driver.ts'
import type { WebDriver } from './webdriver.ts'

/** The codes of keys other than letters: https://www.w3.org/TR/webdriver2/#keyboard-actions. */
const KEYS: Record<string, string> = { Tab: '\uE004', Enter: '\uE007', Escape: '\uE00C', Backspace: '\uE003' }

export interface Session {
  readonly http: WebDriver
  readonly id: string
  /** Names the tab that the driver sends commands to. */
  current: string
}

/** A tab behind a WebDriver, which must be switched to the tab before each command. */
export class WebDriverTab implements Tab {
  readonly #session: Session
  readonly #handle: string

  constructor (session: Session, handle: string) {
    this.#session = session
    this.#handle = handle
  }

  async goTo (url: string): Promise<void> {
    await this.#post('/url', { url })
  }

  async back (): Promise<void> {
    // The protocol's own command waits for a load, and a page out of the browser's memory has none.
    await this.read('void setTimeout(() => history.back())')
  }

  async read (expression: string): Promise<unknown> {
    return await this.#post('/execute/sync', { script: `return (${expression})`, args: [] }, READ_MS)
  }

  async move (x: number, y: number): Promise<void> {
    await this.#point({ type: 'pointerMove', duration: 0, origin: 'viewport', x: Math.round(x), y: Math.round(y) })
  }

  async button (isDown: boolean): Promise<void> {
    await this.#point({ type: isDown ? 'pointerDown' : 'pointerUp', button: 0 })
  }

  async press (key: string): Promise<void> {
    const value = KEYS[key] ?? key
    await this.#act({ type: 'key', id: 'keyboard', actions: [{ type: 'keyDown', value }, { type: 'keyUp', value }] })
  }

  async open (): Promise<Tab> {
    // MiniBrowser opens a tab behind the present one, where the pointer never arrives and the call hangs: so, a window.
    const { handle } = Object(await this.#post('/window/new', { type: 'window' })) as { readonly handle: string }
    const tab = new WebDriverTab(this.#session, handle)
    await tab.toFront()
    return tab
  }

  async toFront (): Promise<void> {
    const { http, id, current } = this.#session
    if (current === this.#handle) return
    await http.call('POST', `/session/${id}/window`, { handle: this.#handle })
    this.#session.current = this.#handle
  }

  async screenshot (): Promise<Buffer> {
    await this.toFront()
    const { http, id } = this.#session
    return Buffer.from(String(await http.call('GET', `/session/${id}/screenshot`)), 'base64')
  }

  async #point (action: object): Promise<void> {
    await this.#act({ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions: [action] })
  }

  async #act (source: object): Promise<void> {
    await this.#post('/actions', { actions: [source] })
  }

  async #post (path: string, body: object, ms?: number): Promise<unknown> {
    await this.toFront()
    const { http, id } = this.#session
    return await http.call('POST', `/session/${id}${path}`, body, ms)
  }
}
