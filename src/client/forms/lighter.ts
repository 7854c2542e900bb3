import type { Draft, DraftField } from './draft.ts'
import { isSame } from './field-value.ts'

/**
 * Returns the draft with its longest text as kept, or without that text.
 *
 * @returns null when the draft holds nothing that is not kept already
 */
export function lighter (draft: Draft, kept: Draft | undefined): Draft | null {
  const earlier = (field: DraftField): DraftField | undefined => kept?.fields.find(one => one.key === field.key)
  const isKept = (field: DraftField): boolean => isSame(earlier(field)?.value, field.value)
  const sizeOf = (field: DraftField): number => isKept(field) ? 0 : JSON.stringify(field).length
  const sizes = draft.fields.map(sizeOf)
  const largest = Math.max(0, ...sizes)
  if (largest === 0) return null
  const index = sizes.indexOf(largest)
  const fields = draft.fields.flatMap((field, i) => i === index ? earlier(field) ?? [] : [field])
  return fields.length === 0 ? null : { ...draft, fields }
}
