import type { App, InjectionKey, ShallowRef } from 'vue'
import { getCurrentScope, inject, onMounted, onScopeDispose, shallowRef } from 'vue'
import type { SessionWarning, SessionWarningOptions } from './headless-warning.ts'
import { NOTHING_KNOWN, createWarningSource } from './headless-warning.ts'
import { createIdleMonitor } from './monitor/monitor.ts'
import type { IdleMonitor, MonitorSnapshot } from './monitor/monitor-api.ts'
import type { MonitorOptions } from './monitor/monitor-options.ts'

export type { SessionWarning, SessionWarningOptions } from './headless-warning.ts'
export type { IdleMonitor, MonitorSnapshot } from './monitor/monitor-api.ts'
export type { MonitorOptions } from './monitor/monitor-options.ts'

export type SessionSecurityPluginOptions =
  /** A monitor of your own, which you start and stop. */
  | { readonly monitor: IdleMonitor, readonly options?: undefined }
  /** Options for a monitor that runs while the application is mounted. */
  | { readonly options: MonitorOptions, readonly monitor?: undefined }

/** A monitor; null while a server renders. */
interface Provided { readonly monitor: IdleMonitor | null }

const KEY: InjectionKey<Provided> = Symbol('fastify-session-security')

/** Installs the session of the page: `app.use(sessionSecurity, { options: { pingUrl: '/session_security/ping' } })`. */
export const sessionSecurity = {
  install (app: App, { monitor, options }: SessionSecurityPluginOptions): void {
    const own = options === undefined || typeof window === 'undefined' ? null : createIdleMonitor(options)
    app.provide(KEY, { monitor: monitor ?? own })
    if (own === null) return
    own.start()
    const { onUnmount }: Partial<Pick<App, 'onUnmount'>> = app // since Vue 3.5
    onUnmount?.(() => own.stop())
  }
}

/** The session of the page. */
export interface SessionSecurityState extends Provided {
  readonly snapshot: Readonly<ShallowRef<MonitorSnapshot>>
}

/**
 * Returns the state of the session, and the monitor; null while a server renders.
 *
 * @throws if the plugin is not installed
 */
export function useSessionSecurity (): SessionSecurityState {
  const { monitor } = useProvided()
  const snapshot = shallowRef(NOTHING_KNOWN)
  if (monitor !== null) {
    follow(listener => monitor.subscribe(listener), () => { snapshot.value = monitor.getSnapshot() })
  }
  return { snapshot, monitor }
}

export interface SessionWarningState {
  /** The content of the warning; null when there is nothing to warn of. */
  readonly warning: Readonly<ShallowRef<SessionWarning | null>>
  /** Does what the first button says: stay signed in, close, or try again. */
  answer (): Promise<void>
  /** Signs out. If that fails, the warning says so. */
  signOut (): Promise<void>
}

/**
 * Returns the warning for a look of your own. Its text counts every second while there is one.
 *
 * @throws if the plugin is not installed
 */
export function useSessionWarning (options: SessionWarningOptions = {}): SessionWarningState {
  const { monitor } = useProvided()
  const warning = shallowRef<SessionWarning | null>(null)
  const source = monitor === null || typeof document === 'undefined' ? null : createWarningSource(monitor, options)
  if (source !== null) follow(source.subscribe, () => { warning.value = source.getSnapshot() })
  return {
    warning,
    answer: async () => await source?.answer(),
    signOut: async () => await source?.signOut()
  }
}

/** Follows a source once the component is mounted. Until then it shows what the server rendered. */
function follow (subscribe: (listener: () => void) => () => void, update: () => void): void {
  let stop: (() => void) | undefined
  onMounted(() => {
    stop = subscribe(update)
    update()
  })
  if (getCurrentScope() !== undefined) onScopeDispose(() => stop?.())
}

function useProvided (): Provided {
  const provided = inject(KEY, null)
  if (provided === null) throw new Error('useSessionSecurity() needs app.use(sessionSecurity, …)')
  return provided
}
