import { SIGN_OUT } from '../attributes.ts'
import { report } from '../report.ts'
import { isMatch } from '../elements.ts'
import { listen } from '../listen.ts'
import { dropSignedOut } from './draft-store.ts'
import { Drafts } from './drafts.ts'
import { watchEditors } from './editors.ts'
import type { Entry } from './entry.ts'
import type { Editor } from './field-value.ts'
import type { FormGuard, FormGuardOptions } from './guard-options.ts'
import { tabStorage } from './guard-options.ts'
import { DraftKeeper } from './draft-keeper.ts'
import { LeaveQuestion } from './leave-question.ts'
import { createNotes } from './notes.ts'
import { Offers } from './offers.ts'
import { isLooseField, PageFields } from './page-fields.ts'
import { watchPress } from './press.ts'
import { Submissions } from './submissions.ts'
import { watchTyping } from './typing.ts'
import { watchSavedSignals } from './saved-signals.ts'
import type { IdleMonitor } from '../monitor/monitor-api.ts'
import { pageLocale } from '../locales/page-locale.ts'

export type { FormGuard, FormGuardOptions } from './guard-options.ts'

const FORMS = 'form:not([role=search], [data-no-guard])'
const DAY = 86_400

/**
 * Warns before a page is left with unsent text, and keeps the text. The text survives a timeout, a failed save, and a
 * page that comes again (https://www.w3.org/WAI/WCAG22/Understanding/re-authenticating).
 *
 * It never keeps passwords, files, hidden fields, fields that have `autocomplete` off, `cc-…` or `one-time-code`, and
 * fields inside `data-no-draft`.
 */
export function guardForms (monitor: IdleMonitor, options: FormGuardOptions = {}): FormGuard {
  const { forms = FORMS, signOut = SIGN_OUT, ttl = DAY, draftKey, method } = options
  const locale = pageLocale(options)
  const storage = 'storage' in options ? options.storage : tabStorage()
  const destroyed = new AbortController()
  const { signal } = destroyed
  const tag = (): string | null => monitor.tag
  const fields = new PageFields(schedule)
  const drafts = new Drafts(fields, tag)
  const { whenReleased } = watchPress(signal)
  const guarded = (): Array<Element | null> => [...fields.forms(forms), ...options.forms === undefined ? [null] : []]
  const onSaved = (entry: Entry): void => submissions.saved(entry)
  const offers = new Offers({ drafts, locale, tag, forms: guarded, whenReleased, onSaved })
  const onLeave = (entry: Entry): void => submissions.left(entry)
  const question = new LeaveQuestion({ drafts, signal, text: locale.leave, signOut, isOff, onLeave })
  const submissions = new Submissions({
    monitor, drafts, signal, isGuarded, question, keeper: () => keeper, onSettled: schedule
  })
  const editors = watchEditors(fields, signal, onEdited)
  let keeper: DraftKeeper | undefined
  let keptUser: string | null = null
  let hasAsked = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function isGuarded (form: Element | null, field?: Element): boolean {
    if (form !== null) return isMatch(form, forms)
    return field !== undefined && options.forms === undefined && isLooseField(field)
  }

  function isOff (): boolean {
    return monitor.getSnapshot().state === 'ended'
  }

  function onEdited (editor: Editor, before: string): void {
    drafts.edited(editor, before)
    question.update()
  }

  /**
   * Drops the drafts after a sign-out. If the session has not ended, the next page may only ask whether to sign out.
   */
  function onSignOut (): void {
    const isSure = monitor.getSnapshot().state === 'ended'
    if (!isSure && keeper?.leaveForSignOut(monitor.tag) === true) return
    offers.clear()
    drafts.entries.clear()
    keeper?.dropAll()
    question.update()
  }

  function onEnd (): void {
    if (monitor.getSnapshot().reason === 'logout') onSignOut()
    else flush().catch(report)
  }

  async function flush (): Promise<void> {
    editors.readAll()
    await keeper?.flush()
  }

  function onPageShow (event: Event): void {
    if (Reflect.get(event, 'persisted') === true) submissions.cameBack()
  }

  function schedule (): void {
    timer ??= setTimeout(() => {
      timer = undefined
      update()
    })
  }

  /** Keeps drafts for the user of the page, once the user is known. */
  function keepFor (user: string | null): void {
    if (user === keptUser) return
    if (keptUser !== null) {
      offers.clear()
      drafts.entries.clear()
      keeper?.close()
    }
    keptUser = user
    keeper = undefined
    drafts.keepIn(undefined)
    if (user === null || storage == null) return
    keeper = new DraftKeeper({
      drafts,
      storage,
      site: monitor.pingUrl,
      user,
      draftKey,
      method,
      ttlMs: ttl * 1000,
      forms: guarded,
      onLoaded: schedule,
      onGone: entry => offers.withdraw(entry),
      onKept: notes.update
    })
  }

  function update (): void {
    if (signal.aborted) return
    const { user, concealed, state } = monitor.getSnapshot()
    keepFor(user)
    if (user === null && state === 'ended' && storage != null) dropSignedOut({ storage, site: monitor.pingUrl })
    submissions.check()
    drafts.follow(guarded())
    if (keeper?.isLoaded === true && !concealed) {
      if (monitor.tag !== null) {
        keeper.decide(monitor.tag)
        offers.update()
      } else if (!hasAsked && drafts.entries.size > 0) {
        // The first answer shows whether a draft belongs to this session or to the one before it.
        hasAsked = true
        monitor.check().then(schedule, () => {})
      }
    }
    question.update()
  }

  const notes = createNotes(locale)
  watchTyping({ fields, drafts, signal, isGuarded, isOff, question, submissions })
  listen('hashchange popstate focusin', signal, schedule)
  listen('pagehide visibilitychange', signal, () => { flush().catch(report) })
  listen('pageshow', signal, onPageShow)
  watchSavedSignals(signal, form => submissions.confirmSaved(form))
  const { navigation } = globalThis as { navigation?: unknown }
  if (navigation instanceof EventTarget) navigation.addEventListener('currententrychange', schedule, { signal })
  const stops = [
    monitor.on('signOut', onSignOut),
    monitor.on('ended', onEnd),
    monitor.subscribe(schedule),
    monitor.beforeLeave(flush)
  ]
  update()

  return {
    saved: form => submissions.confirmSaved(form),
    addEditor: editors.add,
    destroy () {
      flush().catch(report)
      destroyed.abort()
      fields.stop()
      offers.clear()
      notes.clear()
      keeper?.close()
      for (const stop of stops) stop()
    }
  }
}
