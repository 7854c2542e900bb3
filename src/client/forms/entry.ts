import type { Draft } from './draft.ts'

/** A draft, and this page's knowledge of it. */
export interface Entry {
  draft: Draft
  /** The form at the last letter; null for fields outside a form. */
  form: Element | null
  /** True if some of it was typed or brought back in this page. */
  isHere: boolean
  /** The fields that it was typed into in this page, by key. */
  readonly elements: Map<string, Element>
  /** Fields that a person typed into and that are never kept. */
  readonly secrets: Set<Element>
  /** The time of the last choice, in `performance.now()`. */
  choseAtMs: number
  /** The time at which a script read the form's data, as `form.submit()` does. */
  readAtMs: number
  /** The time at which a script took the form. */
  attemptedAtMs: number
  /** True while a library is sending the form. It stays true until the server has confirmed the session. */
  isUnderWay: boolean
}

export function createEntry (draft: Draft, form: Element | null): Entry {
  const never = { choseAtMs: -Infinity, readAtMs: -Infinity, attemptedAtMs: -Infinity }
  return { draft, form, isHere: false, elements: new Map(), secrets: new Set(), isUnderWay: false, ...never }
}
