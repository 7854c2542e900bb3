import type { DraftStorage } from './forms/draft-store.ts'
import { guardForms } from './forms/form-guard.ts'
import type { FormGuard } from './forms/guard-options.ts'
import { tabStorage } from './forms/guard-options.ts'
import type { Locale } from './locales/locale.ts'
import type { IdleMonitor } from './monitor/monitor-api.ts'

/** The attributes of the client's script that are about forms. */
export interface FormAttributes {
  /** Selects the forms. */
  readonly forms?: string
  /** By which drafts are encrypted. Absent: none are kept. */
  readonly draftKey?: string
}

/** Keeps nothing more, and drops what it holds. */
function withoutRoom (storage: DraftStorage): DraftStorage {
  return {
    get length () { return storage.length },
    key: index => storage.key(index),
    getItem: key => storage.getItem(key),
    setItem () {},
    removeItem: key => storage.removeItem(key)
  }
}

/** Guards the forms of a page: `forms.js`, which `client.js` imports, so that the warning does not wait for it. */
export function startForms (monitor: IdleMonitor, locale: Locale, { draftKey, ...options }: FormAttributes): FormGuard {
  const storage = tabStorage()
  const without = storage === undefined ? {} : { storage: withoutRoom(storage) }
  const keeping = draftKey === undefined ? without : { draftKey }
  return guardForms(monitor, { ...options, ...keeping, locales: [locale], lang: locale.lang })
}
