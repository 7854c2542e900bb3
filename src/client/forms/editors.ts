import type { Editor } from './field-value.ts'
import type { EditorSource } from './guard-options.ts'
import type { PageFields } from './page-fields.ts'

const LOOK_MS = 1000

/**
 * Watches editors that are no fields of the page.
 *
 * @param onTyped runs when a person changed a text
 */
export function watchEditors (
  fields: PageFields, signal: AbortSignal, onTyped: (editor: Editor, before: string) => void
): { add (editor: Editor): EditorSource, readAll (): void } {
  const last = new Map<Editor, string>()

  function readEditor (editor: Editor, isActivity: boolean): void {
    const [text, before] = [editor.read(), last.get(editor)]
    last.set(editor, text)
    // A text that changes before the person has acted on the page was loaded, not typed.
    if (before !== undefined && text !== before && isActivity) onTyped(editor, before)
  }

  function readAll (): void {
    const isActivity = navigator.userActivation?.hasBeenActive !== false && Document.prototype.hasFocus.call(document)
    for (const editor of last.keys()) readEditor(editor, isActivity)
  }

  return {
    add (editor) {
      const remove = fields.addEditor(editor)
      if (last.size === 0) {
        const timer = setInterval(readAll, LOOK_MS)
        signal.addEventListener('abort', () => clearInterval(timer))
      }
      last.set(editor, editor.read())
      return {
        changed: () => readEditor(editor, true),
        remove () {
          last.delete(editor)
          remove()
        }
      }
    },
    readAll
  }
}
