import type { Draft, DraftField, Stage } from './draft.ts'
import type { FieldValue } from './field-value.ts'
import { isSame } from './field-value.ts'

/** A field of the page as it is now. */
export interface Found {
  readonly value: FieldValue
  /** What the server or a framework delivered; undefined where nobody can tell. */
  readonly delivered: FieldValue | undefined
  /** Whether the draft's value cannot be put into it: read-only, disabled, or without that option. */
  readonly isLocked: boolean
}

/**
 * - `there`: the field holds what was typed.
 * - `fits`: it holds what it held before, or what was sent: the draft goes on from there.
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

/** What a page tells of a draft that was sent before it came, in the same session. */
export interface Evidence {
  /** The same form, at the place where it was typed or where it was sent: how much of what was sent it shows. */
  readonly form: 'absent' | 'delivered' | 'refilled' | 'different'
  /** Of the answer that brought the page; 0 where the browser does not say. */
  readonly status: number
  readonly isRedirected: boolean
  /** Whether the page was gone to by Back, Forward or Reload. */
  readonly isRevisit: boolean
  /** Whether the form says that something in it is wrong. */
  readonly isInvalid: boolean
  /** Whether the server did nothing with it, because the person had to prove first who they are. */
  readonly isPutOff: boolean
}

/** @returns `saved`, or the stage in which the draft goes on */
export function judge (
  stage: Stage, { form, status, isRedirected, isRevisit, isInvalid, isPutOff }: Evidence
): Stage | 'saved' {
  if (stage === 'typed' || stage === 'returned') return stage
  // A script may have failed, and said so to nobody; the values that the page shows are the only word of success.
  const isFailed = status >= 400 || isInvalid || isPutOff
  if (stage === 'attempted' || stage === 'previewed') return form === 'delivered' && !isFailed ? 'saved' : stage
  if (isFailed || form === 'refilled') return 'returned'
  if (isRevisit) return form === 'delivered' || stage === 'shown' ? 'shown' : 'returned'
  if (form !== 'delivered') return 'saved'
  return isRedirected || stage === 'shown' ? 'shown' : 'returned'
}

/** How much of a draft a form shows. Half of it and more tells that these are its values. */
export function shows (
  draft: Draft, find: (field: DraftField) => Found | undefined
): 'delivered' | 'refilled' | 'different' {
  const fields = draft.fields.filter(field => !field.isOver && !isSame(field.value, field.before))
  const held = fields.filter(field => isSame(find(field)?.value, field.value))
  if (held.length * 2 <= fields.length) return 'different'
  return held.some(field => isSame(find(field)?.delivered, field.value)) ? 'delivered' : 'refilled'
}

/** Whether a person has to be asked what becomes of a draft. */
export function isDue (draft: Draft, tag: string, fits: readonly Fit[]): boolean {
  if (draft.isOpen) return true
  const isAway = fits.some(fit => fit !== 'there')
  return isAway && (draft.tag !== tag || draft.stage === 'returned')
}
