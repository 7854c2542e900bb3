import { createWarningDialog } from './warning/dialog.ts'
import { guardForms } from './forms/form-guard.ts'
import { locales } from './locales/all.ts'
import { loginAddress } from './monitor/login-address.ts'
import { createIdleMonitor } from './monitor/monitor.ts'
import type { MonitorOptions } from './monitor/monitor-options.ts'

/**
 * Everything, started by one element and set up by its attributes, without a line of script in the page:
 *
 * `<script type="module" src="/session_security/client.js" data-sign-out-url="/sign-out"></script>`
 *
 * - `data-ping-url`: the ping route. Default: next to this file.
 * - `data-sign-out-url`: where a `POST` signs out. Without it the warning has no such button.
 * - `data-extend-by`: `activity` (the default) or `button`.
 * - `data-redirect-to-logout`: where to go at the end. Default: to the same page again.
 * - `data-login-url`: the page to sign in at, which is then given `?next=<this page>&reason=<why>`.
 * - `data-lang`: the language. Default: that of `<html lang>`.
 * - `data-forms`: selects the forms to guard; `off` for none. Default: all but searches.
 * - `data-user`: a key of who is signed in, without which no drafts are kept.
 * - `data-tag`: the tag of the session that the page was made for.
 */
const own = [...document.scripts].find(script => script.src === import.meta.url)?.dataset ?? {}
const { pingUrl = new URL('ping', import.meta.url).pathname, signOutUrl, redirectToLogout, loginUrl, lang, forms, user, tag } = own

const options: MonitorOptions = {
  pingUrl,
  extendBy: own['extendBy'] === 'button' ? 'button' : 'activity',
  ...given({ signOutUrl, redirectToLogout, tag }),
  ...(loginUrl === undefined || redirectToLogout !== undefined ? {} : { onEnd: reason => location.replace(loginAddress(loginUrl, location, reason)) })
}

/** What was started: pages may import it from the same address. */
export const monitor = createIdleMonitor(options)

createWarningDialog(monitor, { locales, signOut: signOutUrl !== undefined, ...given({ lang }) })
if (forms !== 'off') guardForms(monitor, { locales, ...given({ lang, forms, user }) })
monitor.start()

/** The attributes that are there. */
function given<Name extends string> (attributes: Record<Name, string | undefined>): { [name in Name]?: string } {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined && value !== '')) as { [name in Name]?: string }
}
