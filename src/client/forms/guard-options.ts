import type { DraftStorage } from './draft-store.ts'
import type { Editor } from './field-value.ts'
import type { TextOptions } from '../locales/page-locale.ts'

export interface FormGuardOptions extends TextOptions {
  /** Selects the forms. Default: all but searches and those with `data-no-guard`; and fields that belong to no form. */
  readonly forms?: string
  /** Selects the forms and links that sign out. Default: those with `data-session-sign-out`. */
  readonly signOut?: string
  /** A key for drafts that only this user's pages get: base64url of 32 bytes. Default: none, they stand in clear. */
  readonly draftKey?: string
  /** Seconds that what was typed is kept. Default: a day. */
  readonly ttl?: number
  /** Default: `sessionStorage`, so that nothing outlives the tab. */
  readonly storage?: DraftStorage
}

/** An editor that the guard knows of. */
export interface EditorSource {
  /** Somebody typed: call it at the editor's own event. Without it, the guard looks each second. */
  changed (): void
  remove (): void
}

export interface FormGuard {
  /** Tells that the server has what was sent: of one form, or of the whole page. */
  saved (form?: Element | null): void
  /** Guards the text of an editor that is no field of the page. */
  addEditor (editor: Editor): EditorSource
  destroy (): void
}

/** Not there where a browser lets a site keep nothing; some say so by null, some by throwing. */
export function tabStorage (): DraftStorage | undefined {
  try {
    return globalThis.sessionStorage ?? undefined
  } catch {
    return undefined
  }
}
