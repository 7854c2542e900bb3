import type { DraftField } from './draft.ts'
import type { Field } from './field-value.ts'
import { fillIn } from './field-value.ts'
import type { FindField } from './outcome.ts'
import { fitOf } from './outcome.ts'

/** Milliseconds that an invisible page may take for the work of a frame. */
const FRAME_MS = 250

/** The number of attempts. A framework that puts its own value back twice keeps it. */
const ATTEMPTS = 2

/**
 * Fills in the fields that fit, and checks them afterwards. One field may bring others along.
 *
 * @param finder returns a function that finds the fields as they are at that moment
 * @returns the fields of the draft that hold their value now
 */
export async function restore (
  fields: () => readonly DraftField[], finder: () => FindField
): Promise<Map<DraftField, Field>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (const field of fields()) {
      const found = finder()(field)
      if (found === undefined || fitOf(field, found) !== 'fits') continue
      fillIn(found.field, field.value)
    }
    await frame()
  }
  const find = finder()
  return new Map(fields().flatMap(field => {
    const found = find(field)
    return found !== undefined && fitOf(field, found) === 'there' ? [[field, found.field] as const] : []
  }))
}

async function frame (): Promise<void> {
  await new Promise<void>(resolve => {
    requestAnimationFrame(() => setTimeout(resolve))
    setTimeout(resolve, FRAME_MS)
  })
}
