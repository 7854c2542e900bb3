import { guardForms } from './forms/form-guard.ts'
import type { Locale } from './locales/locale.ts'
import type { IdleMonitor } from './monitor/monitor-api.ts'

/** What the attributes of the client's script say about forms. */
export interface FormAttributes {
  /** Selects the forms. */
  readonly forms?: string
  /** The key of the person whose page it is. */
  readonly user?: string
  /** By which drafts are encrypted. Absent: none are kept. */
  readonly draftKey?: string
}

/** Guards the forms of a page: `forms.js`, which `client.js` imports, so that the warning does not wait for it. */
export function startForms (monitor: IdleMonitor, locale: Locale, attributes: FormAttributes): void {
  const { draftKey, user, ...options } = attributes
  const keeping = draftKey === undefined || user === undefined ? {} : { user }
  guardForms(monitor, { ...options, ...keeping, locales: [locale], lang: locale.lang })
}
