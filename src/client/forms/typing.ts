import { listen } from '../listen.ts'
import { closest, isConnected, isOwn } from './dom.ts'
import type { Drafts } from './drafts.ts'
import type { FieldValue } from './field-value.ts'
import { valueOf } from './field-value.ts'
import type { LeaveQuestion } from './leave-question.ts'
import type { PageFields } from './page-fields.ts'
import { fieldFrom, formOf } from './page-fields.ts'
import type { Submissions } from './submissions.ts'

export interface TypingOptions {
  readonly fields: PageFields
  readonly drafts: Drafts
  readonly signal: AbortSignal
  readonly isGuarded: (form: Element | null, field?: Element) => boolean
  /** Checks whether typed text does not count now: the session has ended. */
  readonly isOff: () => boolean
  readonly question: LeaveQuestion
  readonly submissions: Submissions
}

/** Notes in the drafts what a person types into guarded fields. */
export function watchTyping (
  { fields, drafts, signal, isGuarded, isOff, question, submissions }: TypingOptions
): void {
  /** The values of fields before a change. The event of a letter comes when the letter is there already. */
  const values = new WeakMap<Element, FieldValue>()

  /** Notes the value of one field of a form, or of all of them. */
  function note (form: Element | null, element?: Element): void {
    for (const field of fields.of(form).keys()) {
      if (element !== undefined && !field.parts.includes(element)) continue
      const value = valueOf(field)
      for (const part of field.parts) values.set(part, value)
    }
  }

  /** Returns the guarded field of an event, or null. */
  function targetOf (event: Event): { field: Element, form: Element | null } | null {
    const field = fieldFrom(event)
    if (field === null || isOwn(field)) return null
    const form = formOf(field)
    return isGuarded(form, field) ? { field, form } : null
  }

  function onApproach (event: Event): void {
    const [target] = event.composedPath()
    const form = target instanceof Element ? closest(target, 'form') : null
    if (form !== null && isGuarded(form)) note(form)
    else onBefore(event)
  }

  function onBefore (event: Event): void {
    const target = targetOf(event)
    if (target !== null) note(target.form, target.field)
  }

  /** Notes typed text. Only a person's events count: scripts fill fields in too. */
  function onInput (event: Event): void {
    const target = event.isTrusted && !isOff() ? targetOf(event) : null
    if (target === null) return
    const { field, form } = target
    submissions.settle()
    drafts.typed(field, form, values.get(field))
    note(form, field)
    question.update()
    // The page may change the typed text.
    setTimeout(() => { if (isConnected(field)) drafts.typed(field, form, values.get(field)) })
  }

  listen('focusin pointerdown', signal, onApproach)
  listen('beforeinput keydown', signal, onBefore)
  listen('input change', signal, onInput)
}
