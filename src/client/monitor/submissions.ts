import { SIGN_OUT } from '../attributes.ts'
import { attributeOf, isMatch } from '../elements.ts'
import { ANSWERS, statusOf } from '../library-events.ts'
import { listen } from '../listen.ts'
import { report } from '../report.ts'
import type { IdleMonitor } from './monitor-api.ts'

export interface SubmissionOptions {
  /** Selects the forms, links and buttons of the page that sign out. Default: those with `data-session-sign-out`. */
  readonly signOut?: string
}

const POST = /^post$/i

/** Milliseconds in which a form leaves the page after the browser read its data. */
const SOON_MS = 1000

/** Matches a target that is this page, or one around it. */
const HERE = /^(_self|_top|_parent)?$/i

/**
 * Watches for forms that are on their way, and for sign-outs. So the end of the session does not cut a form off, and
 * all tabs learn of a sign-out. It asks the server when a library's request was refused, since the library shows no
 * sign-in.
 */
export function watchSubmissions (
  monitor: IdleMonitor, { signOut = SIGN_OUT }: SubmissionOptions = {}
): { destroy (): void } {
  const destroyed = new AbortController()
  let unloads = 0

  function on (name: string, listener: (event: Event) => void): void {
    listen(name, destroyed.signal, listener)
  }

  /**
   * Notes a sign-out. The page's own listeners decide whether it happens; a fast server answers before they are done.
   */
  function press (event: Event, isHere: boolean): void {
    unloads = 0
    on('beforeunload', onUnload)
    if (isHere) monitor.note('signOut')
    setTimeout(() => { if (!isHere || event.defaultPrevented) monitor.note('signOutByScript') })
  }

  /** Notes that the person stays. At a second unload they stayed after the first, and leave for something else. */
  function onUnload (): void {
    if (++unloads > 1) monitor.note('stay')
  }

  /** Notes an upload when the page is about to be left. Scripts read and send forms too, but then the page stays. */
  function expectUpload (): void {
    const isOver = new AbortController()
    listen('beforeunload', isOver.signal, () => monitor.note('upload'))
    setTimeout(() => isOver.abort(), SOON_MS)
  }

  on('formdata', ({ target }) => { // also of form.submit(), which fires no other event
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
  on(ANSWERS, event => { if (statusOf(event) === 401) monitor.check().catch(report) })
  return { destroy: () => destroyed.abort() }
}
