import { observe } from '../observe.ts'
import { closest, listen } from './dom.ts'

const ATTRIBUTE = 'data-session-saved'

/**
 * Hears when the page says that the server has what was sent: by the attribute `data-session-saved`, set on a form, or
 * by an event `session-saved` that comes from it. From anywhere else, both are said of all forms.
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
