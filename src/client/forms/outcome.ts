import type { Draft, DraftField, Stage } from './draft.ts'
import type { Field, FieldValue } from './field-value.ts'
import { isSame } from './field-value.ts'

/** A field of the page as it is now. */
export interface Found {
  readonly value: FieldValue
  /** The value that the server or a framework delivered; undefined if unknown. */
  readonly delivered: FieldValue | undefined
  /** True if the field does not take the draft's value. It is read-only, disabled, or lacks that option. */
  readonly isLocked: boolean
}

/** A field of the page that matches a field of a draft. */
type FoundField = Found & { readonly field: Field }

/** Finds the present field of the page for a field of a draft. */
export type FindField = (field: DraftField) => FoundField | undefined

/**
 * The relation of a draft to a field of the page.
 *
 * - `there`: the field holds the typed value.
 * - `fits`: it holds its earlier value, or the sent one. The draft goes on from there.
 * - `blocked`: it is locked, or holds something newer, which a colleague may have written.
 * - `missing`: there is no such field, or nothing tells it from others.
 */
export type Fit = 'there' | 'fits' | 'blocked' | 'missing'

export function fitOf (field: DraftField, found: Found | undefined): Fit {
  if (found === undefined || field.isOver) return 'missing'
  if (isSame(found.value, field.value)) return 'there'
  if (found.isLocked) return 'blocked'
  const isSent = field.sent !== undefined && isSame(found.value, field.sent)
  return isSent || isSame(found.value, field.before) ? 'fits' : 'blocked'
}

/** The signs in a page that show whether a sent draft was saved. They count in the same session. */
export interface Signs {
  /** The sent values in the same form, at the place of typing or sending. */
  readonly form: 'absent' | 'delivered' | 'refilled' | 'different'
  /** The status of the page's own answer; 0 if the browser does not say. */
  readonly status: number
  readonly isRedirected: boolean
  /** True after Back, Forward or Reload. */
  readonly isRevisit: boolean
  /** True after Reload, which sends a form once more whose answer it reloads. */
  readonly isReload: boolean
  /** True if the tab has shown pages without the client since. One of them was the answer, with success or without. */
  readonly isSkipped: boolean
  /** True if the form reports an error in itself. */
  readonly isInvalid: boolean
  /** True if the server first asked the person for a proof of identity. */
  readonly isPutOff: boolean
}

/** The outcome of a sent draft whose answer the client has not seen. Only the values in a form tell of success. */
const UNSEEN = { absent: 'sent', delivered: 'saved', different: 'returned' } as const

/**
 * Judges a sent draft by the signs in the page.
 *
 * @returns `saved`, or the stage in which the draft goes on
 */
export function outcomeOf (
  stage: Stage, { form, status, isRedirected, isRevisit, isReload, isSkipped, isInvalid, isPutOff }: Signs
): Stage | 'saved' {
  if (stage === 'typed' || stage === 'returned') return stage
  // A script may have failed without a message. Only the values in the page show success.
  const isFailed = status >= 400 || isInvalid || isPutOff
  if (stage === 'attempted' || stage === 'previewed') return form === 'delivered' && !isFailed ? 'saved' : stage
  if (isFailed || form === 'refilled') return 'returned'
  // The first answer had no client: it was the error of a server or a proxy, say. This page answers the same form.
  const isAnswer = isReload && stage === 'sent' && form === 'absent' && !isSkipped
  if (isRevisit && !isAnswer) return form === 'delivered' || stage === 'shown' ? 'shown' : 'returned'
  if (isSkipped && stage === 'sent') return UNSEEN[form]
  if (form !== 'delivered') return 'saved'
  return isRedirected || stage === 'shown' ? 'shown' : 'returned'
}

/** Compares the values of a form with a draft. If more than half are the draft's, the form shows it. */
export function compare (
  draft: Draft, find: (field: DraftField) => Found | undefined
): 'delivered' | 'refilled' | 'different' {
  const fields = draft.fields.filter(field => !field.isOver && !isSame(field.value, field.before))
  const held = fields.filter(field => isSame(find(field)?.value, field.value))
  if (held.length * 2 <= fields.length) return 'different'
  return held.some(field => isSame(find(field)?.delivered, field.value)) ? 'delivered' : 'refilled'
}

/** Checks whether a person must decide about a draft. */
export function needsAnswer (draft: Draft, tag: string, fits: readonly Fit[]): boolean {
  if (draft.isOpen) return true
  const isAway = fits.some(fit => fit !== 'there')
  return isAway && (draft.tag !== tag || draft.stage === 'returned')
}
