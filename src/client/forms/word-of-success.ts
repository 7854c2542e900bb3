import { observe } from '../observe.ts'
import { closest, listen } from './dom.ts'

const ATTRIBUTE = 'data-session-saved'

/**
 * Hears when the page confirms a save. It sets the attribute `data-session-saved` on a form, or dispatches an event
 * `session-saved` from it. From anywhere else, both concern all forms.
 */
export function hearOfSuccess (signal: AbortSignal, onSaved: (form: Element | undefined) => void): void {
  const formAt = (target: EventTarget | null | undefined): Element | undefined => {
    return target instanceof Element ? closest(target, 'form') ?? undefined : undefined
  }
  const stop = observe(document, { subtree: true, attributeFilter: [ATTRIBUTE] }, records => {
    for (const { target } of records) {
      if (target instanceof Element && Element.prototype.hasAttribute.call(target, ATTRIBUTE)) onSaved(formAt(target))
    }
  })
  signal.addEventListener('abort', stop)
  listen(['session-saved'], signal, event => onSaved(formAt(event.composedPath()[0])))
}
