'use client'

import type { ReactElement, ReactNode } from 'react'
import { createContext, createElement, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { SessionWarning, SessionWarningOptions, WarningSource } from './headless-warning.ts'
import { NOTHING_KNOWN, createWarningSource } from './headless-warning.ts'
import { createIdleMonitor } from './monitor/monitor.ts'
import type { IdleMonitor, MonitorSnapshot } from './monitor/monitor-api.ts'
import type { MonitorOptions } from './monitor/monitor-options.ts'

export type { SessionWarning, SessionWarningOptions } from './headless-warning.ts'
export type { IdleMonitor, MonitorSnapshot } from './monitor/monitor-api.ts'
export type { MonitorOptions } from './monitor/monitor-options.ts'

export type SessionSecurityProviderProps = { readonly children?: ReactNode } & (
  /** A monitor of your own, which you start and stop. */
  | { readonly monitor: IdleMonitor, readonly options?: undefined }
  /** Options for a monitor that runs while the provider is mounted. The options of the first rendering count. */
  | { readonly options: MonitorOptions, readonly monitor?: undefined }
)

/** A monitor; null while a server renders. */
interface Provided { readonly monitor: IdleMonitor | null }

/** A source in the form that `useSyncExternalStore()` takes. */
interface Store<Value> {
  readonly subscribe: (listener: () => void) => () => void
  readonly getSnapshot: () => Value
}

const SessionSecurityContext = createContext<Provided & { readonly store: Store<MonitorSnapshot> } | null>(null)

const NO_MONITOR: Store<MonitorSnapshot> = { subscribe: never, getSnapshot: nothingKnown }

const NO_WARNING: Store<SessionWarning | null> = { subscribe: never, getSnapshot: nothing }

/** Provides the session of the page to the components below it. */
export function SessionSecurityProvider (props: SessionSecurityProviderProps): ReactElement {
  const { monitor: given, options, children } = props
  const [own] = useState(() => {
    return options === undefined || typeof window === 'undefined' ? null : createIdleMonitor(options)
  })
  const monitor = given ?? own
  useEffect(() => {
    own?.start()
    return () => own?.stop()
  }, [own])
  const value = useMemo(() => ({
    monitor,
    store: monitor === null ? NO_MONITOR : storeOf(monitor)
  }), [monitor])
  return createElement(SessionSecurityContext.Provider, { value }, children)
}

/** The state of the session, and the monitor; null while a server renders. */
export type SessionSecurityState = MonitorSnapshot & Provided

/**
 * Returns the session of the page. It renders anew whenever something but the countdown changes.
 *
 * @throws without a provider above
 */
export function useSessionSecurity (): SessionSecurityState {
  const { monitor, store: { subscribe, getSnapshot } } = useProvided()
  const snapshot = useSyncExternalStore(subscribe, getSnapshot, nothingKnown)
  return useMemo(() => ({ ...snapshot, monitor }), [snapshot, monitor])
}

/** The content of the warning, and the actions of its buttons. */
export type SessionWarningState = SessionWarning & Pick<WarningSource, 'answer' | 'signOut'>

/**
 * Returns the warning for a look of your own. It renders anew every second while there is one. Keep `locales` and
 * `texts` outside of the component.
 *
 * @returns null when there is nothing to warn of
 * @throws without a provider above
 */
export function useSessionWarning (options: SessionWarningOptions = {}): SessionWarningState | null {
  const { locales, lang, texts, signOut = true } = options
  const { monitor } = useProvided()
  const source = useMemo(() => {
    if (monitor === null || typeof document === 'undefined') return null
    return createWarningSource(monitor, {
      signOut,
      ...(locales === undefined ? {} : { locales }),
      ...(lang === undefined ? {} : { lang }),
      ...(texts === undefined ? {} : { texts })
    })
  }, [monitor, locales, lang, texts, signOut])
  const { subscribe, getSnapshot } = source ?? NO_WARNING
  const warning = useSyncExternalStore(subscribe, getSnapshot, nothing)
  return useMemo(() => {
    return warning === null || source === null ? null : { ...warning, answer: source.answer, signOut: source.signOut }
  }, [warning, source])
}

function useProvided (): Provided & { readonly store: Store<MonitorSnapshot> } {
  const provided = useContext(SessionSecurityContext)
  if (provided === null) throw new Error('useSessionSecurity() needs a <SessionSecurityProvider> above')
  return provided
}

function storeOf (monitor: IdleMonitor): Store<MonitorSnapshot> {
  return { subscribe: listener => monitor.subscribe(listener), getSnapshot: () => monitor.getSnapshot() }
}

function never (): () => void {
  return () => {}
}

function nothingKnown (): MonitorSnapshot {
  return NOTHING_KNOWN
}

function nothing (): null {
  return null
}
