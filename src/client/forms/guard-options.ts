import type { DraftStorage } from './draft-store.ts'
import type { Editor } from './field-value.ts'
import type { TextOptions } from '../locales/page-locale.ts'

export interface FormGuardOptions extends TextOptions {
  /** Selects the forms. Default: all but searches and those with `data-no-guard`, and fields outside a form. */
  readonly forms?: string
  /** Selects the forms and links that sign out. Default: those with `data-session-sign-out`. */
  readonly signOut?: string
  /**
   * A key for drafts that only this user's pages get: base64url of 32 bytes. Default: none; the storage then holds
   * drafts in clear.
   */
  readonly draftKey?: string
  /**
   * The method of the request that the page answers, such as `GET`. It tells that a page is no answer to a form.
   * Default: not known.
   */
  readonly method?: string
  /** Seconds for which typed text is kept. Default: a day. */
  readonly ttl?: number
  /** The storage of drafts. Default: `sessionStorage`, so that nothing outlives the tab. */
  readonly storage?: DraftStorage
}

/** A registered editor. */
export interface EditorSource {
  /** Notes that a person typed. Call it at the editor's own event. Without it, the guard looks each second. */
  changed (): void
  remove (): void
}

export interface FormGuard {
  /** Notes that the server has saved a form; without one, all of the page. */
  saved (form?: Element | null): void
  /** Guards the text of an editor that is no field of the page. */
  addEditor (editor: Editor): EditorSource
  destroy (): void
}

/**
 * Returns the storage of the tab, if the browser lets the site keep anything. Some browsers answer null instead, some
 * throw.
 */
export function tabStorage (): DraftStorage | undefined {
  try {
    return globalThis.sessionStorage ?? undefined
  } catch {
    return undefined
  }
}
