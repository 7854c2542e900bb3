import type { DraftStorage } from './draft-store.ts'
import { DraftStore } from './draft-store.ts'
import { Drafts } from './drafts.ts'
import { FormChanges } from './form-changes.ts'
import type { IdleMonitor } from '../monitor/monitor-api.ts'
import type { TextOptions } from '../locales/page-locale.ts'
import { pageLocale } from '../locales/page-locale.ts'

export interface FormGuardOptions extends TextOptions {
  /** Selects the forms. Default: all but searches, and those with `data-no-guard`. */
  readonly forms?: string
  /** Selects the forms and links that sign out. Default: those with `data-session-sign-out`. */
  readonly signOut?: string
  /**
   * A key of who is signed in: the same for one person at every sign-in, different for everybody else, and not the id
   * itself, since it stays in the tab; an HMAC of the id does. Without it nothing is kept, only leaving is warned of.
   */
  readonly user?: string
  /** Seconds that what was typed is kept. Default: a day. */
  readonly ttl?: number
  /** Default: `sessionStorage`, so that nothing outlives the tab. */
  readonly storage?: DraftStorage
}

const DAY = 86_400

/**
 * Warns before unsaved changes are left, and keeps what was typed for whoever signs in again after a timeout
 * (https://www.w3.org/WAI/WCAG22/Understanding/re-authenticating). Never kept: passwords, files, hidden fields, whatever
 * has `autocomplete` off, `cc-…` or `one-time-code`, and whatever is inside of `data-no-draft`.
 */
export function guardForms (monitor: IdleMonitor, options: FormGuardOptions = {}): { destroy (): void } {
  const { forms = 'form:not([role=search], [data-no-guard])', signOut = '[data-session-sign-out]', user, ttl = DAY } = options
  const locale = pageLocale(options)
  const changes = new FormChanges()
  const storage = user === undefined ? undefined : options.storage ?? tabStorage()
  const drafts = user === undefined || storage === undefined ? undefined : new Drafts(new DraftStore({ storage, user, ttl }), changes, monitor, locale)
  const destroyed = new AbortController()
  let isSigningOut = false

  function guarded (target: EventTarget | null): HTMLFormElement | null {
    const form = target instanceof HTMLFormElement ? target : target instanceof Element ? formOf(target) : null
    return form?.matches(forms) === true ? form : null
  }

  function approach (target: EventTarget | null): void {
    const form = guarded(target)
    if (form !== null) changes.remember(form)
  }

  function onChange (event: Event): void {
    const form = guarded(event.target)
    // Scripts announce changes too: on behalf of somebody, or while the page is being built.
    if (form === null || !(event.isTrusted || navigator.userActivation?.hasBeenActive !== false)) return
    isSigningOut = false
    changes.touch(form)
    drafts?.schedule(form)
    addEventListener('beforeunload', onUnload, { signal })
  }

  function onSubmit (event: Event): void {
    if (leaves(event.target)) return onSignOut()
    const form = guarded(event.target)
    if (form === null) return
    drafts?.sent(form)
    changes.sent(form)
    clear()
    // A script that sends the form itself leaves no later page to tell what became of it.
    setTimeout(() => { if (event.defaultPrevented) drafts?.drop(form) })
  }

  function onReset (event: Event): void {
    const form = guarded(event.target)
    if (form === null) return
    setTimeout(() => {
      if (event.defaultPrevented) return
      changes.reset(form)
      drafts?.drop(form)
      clear()
    })
  }

  function onClick ({ target }: Event): void {
    if (target instanceof Element && leaves(target.closest('a'))) onSignOut()
  }

  function onSignOut (): void {
    isSigningOut = true
    drafts?.dropAll()
  }

  function onEnd (): void {
    if (monitor.getSnapshot().reason === 'logout') return onSignOut()
    drafts?.flush()
  }

  function onUnload (event: BeforeUnloadEvent): void {
    if (isSigningOut || monitor.getSnapshot().state === 'ended' || changes.unsaved().length === 0) return
    event.preventDefault()
    event.returnValue = locale.leave
  }

  /** A page that asks before it is left may not be kept for the way back. */
  function clear (): void {
    if (changes.unsaved().length === 0) removeEventListener('beforeunload', onUnload)
  }

  function leaves (target: EventTarget | null): boolean {
    return target instanceof Element && target.matches(signOut)
  }

  function look (): void {
    drafts?.offer([...document.forms].filter(form => form.matches(forms)))
  }

  const { signal } = destroyed
  const listen = (names: readonly string[], listener: (event: Event) => void): void => {
    for (const name of names) addEventListener(name, listener, { capture: true, signal })
  }
  listen(['focusin', 'pointerdown'], ({ target }) => approach(target))
  listen(['input', 'change'], onChange)
  listen(['submit'], onSubmit)
  listen(['reset'], onReset)
  listen(['click'], onClick)
  listen(['pagehide'], () => drafts?.flush())
  const stops = [monitor.on('signOut', onSignOut), monitor.on('ended', onEnd), monitor.subscribe(look)]
  const observer = new MutationObserver(look)
  if (drafts !== undefined) observer.observe(document, { childList: true, subtree: true })
  approach(document.activeElement)
  look()
  // Whether a draft is of this session or of the one before it, the first answer tells.
  if (monitor.tag === null && drafts?.isEmpty === false) monitor.check().then(look, () => {})

  return {
    destroy () {
      destroyed.abort()
      observer.disconnect()
      for (const stop of stops) stop()
      drafts?.destroy()
    }
  }
}

function formOf (element: Element): HTMLFormElement | null {
  if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement) return element.form
  if (element instanceof HTMLLabelElement) return element.form
  return element.closest('form')
}

/** Not there where a browser lets a site keep nothing. */
function tabStorage (): DraftStorage | undefined {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}
