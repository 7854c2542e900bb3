import type { Draft } from './draft.ts'

/** A draft, and what this page knows of it. */
export interface Entry {
  draft: Draft
  /** The form when something was last typed into it; null for fields of no form. */
  form: Element | null
  /** Whether something of it was typed, or brought back, in this page. */
  isHere: boolean
  /** The fields that it was typed into in this page, by key. */
  readonly elements: Map<string, Element>
  /** Fields that were typed into and are never kept. */
  readonly secrets: Set<Element>
  /** When the last choice was made, in `performance.now()`. */
  choseAtMs: number
  /** When a script asked the form for its data, as `form.submit()` does. */
  readAtMs: number
  /** When a script took the form. */
  attemptedAtMs: number
  /** Whether a library is sending the form. */
  isUnderWay: boolean
}

export function createEntry (draft: Draft, form: Element | null): Entry {
  const never = { choseAtMs: -Infinity, readAtMs: -Infinity, attemptedAtMs: -Infinity }
  return { draft, form, isHere: false, elements: new Map(), secrets: new Set(), isUnderWay: false, ...never }
}
