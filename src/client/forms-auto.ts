import type { DraftStorage } from './forms/draft-store.ts'
import { guardForms } from './forms/form-guard.ts'
import type { FormGuard } from './forms/guard-options.ts'
import { tabStorage } from './forms/guard-options.ts'
import type { Locale } from './locales/locale.ts'
import type { IdleMonitor } from './monitor/monitor-api.ts'

/** The attributes of the client's script that concern forms. */
export interface FormAttributes {
  /** Selects the forms. */
  readonly forms?: string
  /** The key that encrypts drafts. Without it none are kept. */
  readonly draftKey?: string
  /** The method of the request that the page answers. */
  readonly method?: string
}

/** Returns a storage that keeps nothing new, and still gives up what it holds. */
function withoutRoom (storage: DraftStorage): DraftStorage {
  return {
    get length () { return storage.length },
    key: index => storage.key(index),
    getItem: key => storage.getItem(key),
    setItem () {},
    removeItem: key => storage.removeItem(key)
  }
}

/** Guards the forms of a page. `client.js` imports it as `forms.js`, so that the warning does not wait for it. */
export function startForms (monitor: IdleMonitor, locale: Locale, { draftKey, ...options }: FormAttributes): FormGuard {
  const storage = tabStorage()
  const without = storage === undefined ? {} : { storage: withoutRoom(storage) }
  const keeping = draftKey === undefined ? without : { draftKey }
  return guardForms(monitor, { ...options, ...keeping, locales: [locale], lang: locale.lang })
}
