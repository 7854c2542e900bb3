import { SAVED } from '../attributes.ts'
import { observe } from '../observe.ts'
import { listen } from '../listen.ts'
import { closest } from './dom.ts'

/**
 * Hears when the page confirms a save. It sets the attribute `data-session-saved` on a form, or dispatches an event
 * `session-saved` from it. From anywhere else, both concern all forms.
 */
export function watchSavedSignals (signal: AbortSignal, onSaved: (form: Element | undefined) => void): void {
  const formAt = (target: EventTarget | null | undefined): Element | undefined => {
    return target instanceof Element ? closest(target, 'form') ?? undefined : undefined
  }
  const stop = observe(document, { subtree: true, attributeFilter: [SAVED] }, records => {
    for (const { target } of records) {
      if (target instanceof Element && Element.prototype.hasAttribute.call(target, SAVED)) onSaved(formAt(target))
    }
  })
  signal.addEventListener('abort', stop)
  listen('session-saved', signal, event => onSaved(formAt(event.composedPath()[0])))
}
