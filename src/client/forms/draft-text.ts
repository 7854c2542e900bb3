import type { Draft, DraftField, Stage } from './draft.ts'
import type { FieldValue } from './field-value.ts'

const STAGES: readonly Stage[] = ['typed', 'attempted', 'previewed', 'sent', 'shown', 'returned']

export function writeDraft (draft: Draft): string {
  // JSON.stringify escapes half characters. An encoder would replace them later.
  return JSON.stringify(draft)
}

/**
 * Reads a draft. Anything on this site may have written it.
 *
 * @returns null if it is no draft
 */
export function parseDraft (text: string | null): Draft | null {
  try {
    const draft: unknown = JSON.parse(text ?? '')
    return isDraft(draft) ? draft : null
  } catch {
    return null
  }
}

function isDraft (value: unknown): value is Draft {
  const draft: Partial<Record<keyof Draft, unknown>> = Object(value)
  const { id, places, form, tag, typedAtMs, stage, historyLength = 0, isOpen, fields } = draft
  return isText(id) && isText(form) && (tag === null || isText(tag)) && typeof typedAtMs === 'number' &&
    STAGES.some(one => one === stage) && typeof historyLength === 'number' && typeof isOpen === 'boolean' &&
    isListOf(places, isText) && isListOf(fields, isField)
}

function isField (value: unknown): value is DraftField {
  const field: Partial<Record<keyof DraftField, unknown>> = Object(value)
  const { key, label, before, value: typed, sent, isOver } = field
  return isText(key) && isText(label) && isValue(before) && isValue(typed) &&
    (sent === undefined || isValue(sent)) && typeof isOver === 'boolean'
}

function isValue (value: unknown): value is FieldValue {
  return typeof value === 'boolean' || isText(value) || isListOf(value, isText)
}

function isText (value: unknown): value is string {
  return typeof value === 'string'
}

function isListOf<Item> (value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(isItem)
}
