import type { DraftStorage } from './forms/draft-store.ts'
import { guardForms } from './forms/form-guard.ts'
import type { FormGuard } from './forms/guard-options.ts'
import type { Locale } from './locales/locale.ts'
import type { IdleMonitor } from './monitor/monitor-api.ts'

/** The attributes of the client's script that are about forms. */
export interface FormAttributes {
  /** Selects the forms. */
  readonly forms?: string
  /** By which drafts are encrypted. Absent: none are kept. */
  readonly draftKey?: string
}

/** Keeps nothing. */
const NOWHERE: DraftStorage = { length: 0, key: () => null, getItem: () => null, setItem () {}, removeItem () {} }

/** Guards the forms of a page: `forms.js`, which `client.js` imports, so that the warning does not wait for it. */
export function startForms (monitor: IdleMonitor, locale: Locale, { draftKey, ...options }: FormAttributes): FormGuard {
  const keeping = draftKey === undefined ? { storage: NOWHERE } : { draftKey }
  return guardForms(monitor, { ...options, ...keeping, locales: [locale], lang: locale.lang })
}
