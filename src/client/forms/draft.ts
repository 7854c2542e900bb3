import type { FieldValue } from './field-value.ts'
import { isSame } from './field-value.ts'

/** One field that a person typed into. */
export interface DraftField {
  readonly key: string
  readonly label: string
  /** The value of the field before the person's first letter. */
  readonly before: FieldValue
  readonly value: FieldValue
  /** The part that was sent last; undefined while nothing was. */
  readonly sent?: FieldValue | undefined
  /** True if the person typed something else before this was brought back. Then it is only shown. */
  readonly isOver: boolean
}

/**
 * The stage of a draft.
 *
 * - `typed`: nobody has sent it.
 * - `attempted`: a script took the form, or the page's own check refused it. Nobody knows which.
 * - `previewed`: sent into another tab; the page stayed.
 * - `sent`: the browser sent it and left the page. The next page shows the result.
 * - `shown`: the page that came next shows the sent values, after a redirect: saved, or refused and filled in again.
 * - `returned`: it came back with an error, or in the same form filled in again.
 */
export type Stage = 'typed' | 'attempted' | 'previewed' | 'sent' | 'shown' | 'returned'

/** Text that a person typed into one form at one place. It is not known to be saved. */
export interface Draft {
  readonly id: string
  /** The addresses at which it was typed or came back. */
  readonly places: readonly string[]
  readonly form: string
  /** The monitor's tag of the session in which it was typed. */
  readonly tag: string | null
  readonly typedAtMs: number
  readonly stage: Stage
  /** `history.length` of the page that sent it. The answer adds one at most. */
  readonly historyLength?: number
  /** True if it was offered, and the person has not decided yet. */
  readonly isOpen: boolean
  readonly fields: readonly DraftField[]
}

export type DraftEvent =
  | { readonly type: 'typed', readonly field: DraftField, readonly heldBefore: FieldValue, readonly nowMs: number }
  /** `held`: the keys of the fields that hold the typed text. Text that is not in the page is not sent with it. */
  | { readonly type: 'handedOver', readonly to: 'attempted' | 'previewed', readonly held: readonly string[] }
  | { readonly type: 'sent', readonly action: string, readonly held: readonly string[], readonly historyLength: number }
  | { readonly type: 'saved' }
  | { readonly type: 'decided', readonly stage: Stage, readonly place: string }
  | { readonly type: 'offered' }
  /** The person wanted it back. `isDone`: all of it is. */
  | { readonly type: 'restored', readonly isDone: boolean, readonly tag: string | null }
  /** The person does not want the part that is not in the page. */
  | { readonly type: 'discarded', readonly held: readonly string[], readonly tag: string | null }

/** The most overwritten texts of one draft, and the most places of a draft. */
const MOST_OVER = 20
const MOST_PLACES = 3

/** Returns the rest of the draft after an event, or null if nothing is left. */
export function next (draft: Draft, event: DraftEvent): Draft | null {
  switch (event.type) {
    case 'typed': return typed(draft, event.field, event.heldBefore, event.nowMs)
    case 'handedOver': return { ...noteSent(draft, event.held), stage: event.to }
    case 'sent': {
      const { action, held, historyLength } = event
      return { ...noteSent(draft, held), stage: 'sent', places: withPlace(draft, action), historyLength }
    }
    case 'saved': return withFields(draft, ({ isOver, sent, value }) => isOver ? draft.isOpen : !isSame(sent, value))
    case 'decided': return { ...draft, stage: event.stage, places: withPlace(draft, event.place) }
    case 'offered': return { ...draft, isOpen: true }
    case 'restored': {
      const stage = draft.stage === 'sent' ? 'sent' : 'typed'
      return { ...draft, stage, tag: event.tag, isOpen: !event.isDone }
    }
    case 'discarded': {
      const done = { ...draft, isOpen: false, tag: event.tag }
      return withFields(done, ({ isOver, key }) => !isOver && event.held.includes(key))
    }
  }
}

function typed (draft: Draft, field: DraftField, heldBefore: FieldValue, nowMs: number): Draft | null {
  const isIt = (one: DraftField): boolean => one.key === field.key && !one.isOver
  const old = draft.fields.find(isIt)
  const others = draft.fields.filter(one => one !== old)
  // The field did not hold the earlier text. That text is not an earlier version of this one, and must not be lost.
  const isText = old !== undefined && typeof old.value === 'string' && old.value.trim() !== ''
  const isOther = isText && !isSame(heldBefore, old.value)
  const over = isOther ? [{ ...old, key: `${old.key} ${nowMs}`, isOver: true }] : []
  const before = old === undefined || isOther ? field.before : old.before
  const isBack = isSame(field.value, before) && old?.sent === undefined
  const now: DraftField[] = isBack ? [] : [{ ...field, before, sent: isOther ? undefined : old?.sent }]
  const fields = limit([...others, ...over, ...now])
  return fields.length === 0 ? null : { ...draft, typedAtMs: nowMs, stage: 'typed', fields }
}

function limit (fields: readonly DraftField[]): DraftField[] {
  const over = fields.filter(field => field.isOver)
  const dropped = new Set(over.slice(0, Math.max(0, over.length - MOST_OVER)))
  return fields.filter(field => !dropped.has(field))
}

function noteSent (draft: Draft, held: readonly string[]): Draft {
  const isSent = (field: DraftField): boolean => !field.isOver && held.includes(field.key)
  return { ...draft, fields: draft.fields.map(field => isSent(field) ? { ...field, sent: field.value } : field) }
}

function withFields (draft: Draft, isLeft: (field: DraftField) => boolean): Draft | null {
  const fields = draft.fields.filter(isLeft)
  return fields.length === 0 ? null : { ...draft, stage: 'typed', fields }
}

function withPlace (draft: Draft, place: string): string[] {
  return [...new Set([...draft.places, place])].slice(0, MOST_PLACES)
}

/**
 * Merges two drafts of the same form and place. One comes from the storage, and a person typed the other before it was
 * read.
 */
export function merge (older: Draft, newer: Draft): Draft {
  const merged = newer.fields.filter(field => !field.isOver).reduce<Draft | null>(
    (draft, field) => draft === null ? null : typed(draft, field, field.before, newer.typedAtMs), older)
  return { ...merged ?? newer, id: newer.id }
}

/** Checks whether leaving the page loses text that nobody has sent. */
export function isUnsent ({ stage }: Draft): boolean {
  return stage === 'typed' || stage === 'attempted' || stage === 'returned'
}
