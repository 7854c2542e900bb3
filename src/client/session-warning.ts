import type { Locale } from './locales/locale.ts'
import { createIdleMonitor } from './monitor/monitor.ts'
import type { IdleMonitor, MonitorEvent } from './monitor/monitor-api.ts'
import { pageAddress } from './page-address.ts'
import { createWarningDialog } from './warning/dialog.ts'

export type { Locale } from './locales/locale.ts'
export type { IdleMonitor } from './monitor/monitor-api.ts'

declare global {
  interface HTMLElementTagNameMap {
    'session-warning': SessionWarningElement
  }
}

const EVENTS: readonly MonitorEvent[] = ['warning', 'extended', 'ended', 'signOut', 'offline', 'online']

/** The base class; a server that renders has no elements. */
const Base = globalThis.HTMLElement ?? class {}

/**
 * Watches over the session and warns while the element is in the page.
 *
 * `<session-warning ping-url="/session_security/ping" sign-out-url="/logout"></session-warning>`
 *
 * Its attributes are `ping-url`, `sign-out-url`, `login-url`, `redirect-to-logout`, `extend-by` and `lang`. It needs
 * the stylesheet `client.css`.
 *
 * The element dispatches the events `session-warning`, `session-extended`, `session-ended`, `session-sign-out`,
 * `session-offline` and `session-online`, each with the snapshot in `detail`.
 */
export class SessionWarningElement extends Base {
  /** A monitor of your own, which you start and stop. Set it before the element is in the page. */
  monitor: IdleMonitor | undefined
  /** The languages to choose from. Default: English alone. */
  locales: readonly [Locale, ...Locale[]] | undefined
  /** Texts in place of the language's own. */
  texts: Partial<Locale> | undefined
  #stops: Array<() => void> = []

  connectedCallback (): void {
    this.#stop() // a framework may move the element
    const own = this.monitor === undefined ? this.#createMonitor() : undefined
    const monitor = this.monitor ?? own
    if (monitor === undefined) return
    const { locales, texts } = this
    const lang = this.getAttribute('lang')
    const dialog = createWarningDialog(monitor, {
      signOut: own === undefined || this.hasAttribute('sign-out-url'),
      ...(locales === undefined ? {} : { locales }),
      ...(texts === undefined ? {} : { texts }),
      ...(lang === null ? {} : { lang })
    })
    const offs = EVENTS.map(name => monitor.on(name, detail => {
      this.dispatchEvent(new CustomEvent(`session-${name === 'signOut' ? 'sign-out' : name}`, { detail }))
    }))
    this.#stops = [...offs, () => dialog.destroy(), () => own?.stop()]
    own?.start()
  }

  disconnectedCallback (): void {
    this.#stop()
  }

  #stop (): void {
    for (const stop of this.#stops) stop()
    this.#stops = []
  }

  #createMonitor (): IdleMonitor {
    const address = (name: string): string | undefined => pageAddress(this.getAttribute(name) ?? undefined)
    const [signOutUrl, loginUrl, redirectToLogout] = ['sign-out-url', 'login-url', 'redirect-to-logout'].map(address)
    return createIdleMonitor({
      pingUrl: address('ping-url') ?? '/session_security/ping',
      extendBy: this.getAttribute('extend-by') === 'button' ? 'button' : 'activity',
      ...(signOutUrl === undefined ? {} : { signOutUrl }),
      ...(redirectToLogout === undefined ? {} : { redirectToLogout }),
      ...(loginUrl === undefined ? {} : { loginUrl })
    })
  }
}

const { customElements } = globalThis
if (customElements !== undefined && customElements.get('session-warning') === undefined) {
  customElements.define('session-warning', SessionWarningElement)
}
