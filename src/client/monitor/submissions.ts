import { attributeOf, isMatch } from '../elements.ts'
import type { IdleMonitor } from './monitor-api.ts'
import { listen } from './page-events.ts'

export interface SubmissionOptions {
  /** Selects the forms, links and buttons of the page that sign out. Default: those with `data-session-sign-out`. */
  readonly signOut?: string
}

const POST = /^post$/i

/** How soon after its data was read a form that the browser sends leaves the page. */
const SOON_MS = 1000

/** A target that is this page, or one around it. */
const HERE = /^(_self|_top|_parent)?$/i

/**
 * Watches for forms that are on their way to the server, so that the end of the session does not cut them off, and
 * for the
 * page's own ways to sign out, so that all tabs learn of it.
 */
export function watchSubmissions (
  monitor: IdleMonitor, { signOut = '[data-session-sign-out]' }: SubmissionOptions = {}
): { destroy (): void } {
  const destroyed = new AbortController()
  let unloads = 0

  function on (name: string, listener: (event: Event) => void): void {
    listen(window, name, listener, destroyed.signal)
  }

  /** What becomes of it is known when the page's own listeners have had the event; a fast server answers before that. */
  function press (event: Event, isHere: boolean): void {
    unloads = 0
    on('beforeunload', onUnload)
    if (isHere) monitor.note('signOut')
    setTimeout(() => { if (!isHere || event.defaultPrevented) monitor.note('signOutByScript') })
  }

  /** At the second one since, the person has stayed after the first, and leaves for something else. */
  function onUnload (): void {
    if (++unloads > 1) monitor.note('stay')
  }

  /** A form is on its way when the page is about to be left: scripts read and send forms too, and the page stays. */
  function expectUpload (): void {
    const isOver = new AbortController()
    listen(window, 'beforeunload', () => monitor.note('upload'), isOver.signal)
    setTimeout(() => isOver.abort(), SOON_MS)
  }

  on('formdata', ({ target }) => { // also of form.submit(), of which no other event tells
    if (POST.test(attributeOf(target, 'method'))) expectUpload()
  })
  on('submit', event => {
    const { target, submitter } = event as SubmitEvent
    if (POST.test(attributeOf(submitter, 'formmethod'))) expectUpload()
    if (!isMatch(target, signOut) && !isMatch(submitter, signOut)) return
    press(event, HERE.test(attributeOf(submitter, 'formtarget') || attributeOf(target, 'target')))
  })
  on('click', event => {
    const link = event.composedPath().find(target => isMatch(target, signOut))
    if (link === undefined || isMatch(link, 'form, [type=submit]')) return
    const { ctrlKey, metaKey, shiftKey } = event as MouseEvent
    press(event, !ctrlKey && !metaKey && !shiftKey && isMatch(link, '[href]') && HERE.test(attributeOf(link, 'target')))
  })
  return { destroy: () => destroyed.abort() }
}
