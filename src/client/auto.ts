import type { startForms as StartForms } from './forms-auto.ts'
import type { FormGuard } from './forms/guard-options.ts'
import { native } from './elements.ts'
import { loadModule } from './load-module.ts'
import { loadTexts } from './load-texts.ts'
import type { Locale } from './locales/locale.ts'
import { watchFrames } from './monitor/frames.ts'
import { attempt } from './monitor/listeners.ts'
import { createIdleMonitor } from './monitor/monitor.ts'
import { watchSubmissions } from './monitor/submissions.ts'
import { observe } from './observe.ts'
import { pageAddress } from './page-address.ts'
import type { watchPush as WatchPush } from './push.ts'
import { report } from './report.ts'
import { given, monitorOptionsOf, pageOptionsOf, parse } from './tag-attributes.ts'
import { createWarningDialog } from './warning/dialog.ts'

/**
 * Starts the whole client from one element. Its attributes set it up, without a line of script in the page:
 *
 * `<script type="module" src="/session_security/client.js" data-sign-out-url="/sign-out"></script>`
 *
 * - `data-ping-url`: the ping route. Default: next to this file.
 * - `data-push-url`: the push route. Default: none, the page learns of the end by its pings.
 * - `data-sign-out-url`: the address at which a `POST` signs out. Without it the warning has no such button.
 * - `data-csrf-token`, `data-csrf-header` (default `csrf-token`), `data-csrf-field`: the protection of that `POST`
 *   against request forgery.
 * - `data-sign-out-selector`: selects the page's own forms and links that sign out. Default:
 *   `[data-session-sign-out]`.
 * - `data-extend-by`: `activity` (the default) or `button`.
 * - `data-redirect-to-logout`: the address to go to at the end. Default: the same page again.
 * - `data-login-url`: the page to sign in at, which is then given `?next=<this page>&reason=<why>`.
 * - `data-lang`: the language. Default: that of `<html lang>`.
 * - `data-texts`: texts in place of those of the language, as JSON.
 * - `data-forms`: selects the forms to guard; `off` for none. Default: all but searches.
 * - `data-frames`: origins of other sites, with spaces between them, whose pages in frames may post activity.
 * - `data-user`: a key of the user whose page it is, without which no drafts are kept; empty in a page for nobody.
 * - `data-draft-key`: the key that encrypts drafts. Without it none are kept.
 * - `data-method`: the method of the request that the page answers.
 * - `data-tag`: the tag of the session that the page was made for.
 * - `data-view`: the answer that a ping would have got when the page was made, as JSON.
 *
 * A later element of the same address, or other attributes, say that the document shows another page now: libraries
 * that replace the body (Turbo, htmx) bring it into the head.
 */
const here = import.meta.url
const own = tags().at(-1)?.dataset ?? {}
const { lang = native(document).documentElement.lang, forms, method } = own
const options = monitorOptionsOf(own, new URL('ping', here).pathname)
const pushUrl = pageAddress(own['pushUrl'])

let { draftKey } = own
let shown = nameOf(own)
let guardAnew: (() => void) | undefined

/** The monitor that runs in this page. Scripts of the page may import it from the same address. */
export const monitor = createIdleMonitor(options)

// The monitor starts first, and no part keeps another from starting.
attempt(monitor.start)
attempt(() => watchFrames(monitor, { origins: own['frames']?.split(' ') ?? [] }))
attempt(() => watchSubmissions(monitor, given({ signOut: own['signOutSelector'] })))
attempt(() => { if (pushUrl !== undefined) startPush(pushUrl) })
attempt(() => observe(
  native(document).head, { childList: true, subtree: true, attributeFilter: ['data-tag', 'data-user'] }, readHead
))

/** Resolves to the guard of the forms; undefined without one. A page registers its editors with it. */
export const guard = startParts()
guard.catch(report)

/** Loads the part that listens for the end. A page without a push route does not load it. */
function startPush (pushUrl: string): void {
  loadModule([new URL('push.js', here).href]).then(module => {
    const { watchPush } = module as { readonly watchPush: typeof WatchPush }
    watchPush(monitor, { pushUrl })
  }).catch(report)
}

/**
 * Starts the warning and the form guard. The monitor runs meanwhile, so a page without texts is hidden in time, too.
 */
async function startParts (): Promise<FormGuard | undefined> {
  const formsModule = forms === 'off' ? undefined : loadModule([new URL('forms.js', here).href])
  const loaded = await loadTexts(lang, here)
  const locale = { ...loaded, ...parse<Partial<Locale>>(own['texts']) }
  attempt(() => createWarningDialog(
    monitor, { locales: [locale], lang: locale.lang, signOut: options.signOutUrl !== undefined }
  ))
  if (formsModule === undefined) return undefined
  const { startForms } = await formsModule as { readonly startForms: typeof StartForms }
  let current = startForms(monitor, locale, given({ forms, draftKey, method }))
  guardAnew = () => {
    current.destroy()
    current = startForms(monitor, locale, given({ forms, draftKey, method }))
  }
  return {
    saved: form => current.saved(form),
    addEditor: editor => current.addEditor(editor),
    destroy: () => current.destroy()
  }
}

/** Returns the elements of this script. */
function tags (): HTMLScriptElement[] {
  return [...native(document).scripts].filter(script => script.src === here)
}

function readHead (): void {
  const all = tags()
  const newest = all.at(-1)
  if (newest === undefined) return
  // Libraries keep an element that is there already. The client removes it, so that it does not hide a later page's
  // tag.
  for (const other of all) if (other !== newest) other.remove()
  const { user, draftKey: newKey } = newest.dataset
  // Titles and styles change too. The monitor knows the session better by now than the view of the page.
  if (nameOf(newest.dataset) === shown) return
  shown = nameOf(newest.dataset)
  monitor.setPage(pageOptionsOf(newest.dataset))
  if (user === undefined || newKey === draftKey) return
  // A person signed in or out without a document of their own. Their own key encrypts what they type.
  draftKey = newKey
  attempt(() => guardAnew?.())
}

/** Returns the names that tell a page of the document from the one before. */
function nameOf ({ user, tag }: DOMStringMap): string {
  return JSON.stringify([user, tag])
}
