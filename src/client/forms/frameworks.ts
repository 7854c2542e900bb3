import { isMatch } from '../elements.ts'
import { detailOf, statusOf } from '../library-events.ts'
import { listen } from '../listen.ts'
import { closest } from './dom.ts'

export interface FrameworkListeners {
  /** Runs when the library begins to send the form itself, or to handle the answer. */
  readonly onBegin: (form: Element) => void
  /** Runs when the form was answered. `isDone`: with success. */
  readonly onEnd: (form: Element, isDone: boolean) => void
  /** Checks whether the page may be left. */
  readonly mayLeave: () => boolean
}

/** Listens to libraries that send forms and follow links without leaving the page. */
export function listenToFrameworks (signal: AbortSignal, { onBegin, onEnd, mayLeave }: FrameworkListeners): void {
  const formOf = (event: Event): Element | null => {
    const { requestConfig, ctx } = detailOf(event)
    // The sender may be gone from the page by then, and the event comes from elsewhere.
    const source = requestConfig?.elt ?? ctx?.sourceElement ?? event.target
    return source instanceof Element ? closest(source, 'form') : null
  }

  const isQuery = (event: Event): boolean => {
    const { requestConfig, ctx } = detailOf(event)
    return (requestConfig?.verb ?? ctx?.request?.method)?.toLowerCase() === 'get'
  }

  // htmx 2 leaves for another page between the answer and the event that says that the request is over.
  listen('htmx:beforeOnLoad turbo:submit-start', signal, event => {
    const form = formOf(event)
    if (form !== null && !isQuery(event)) onBegin(form)
  })
  listen('turbo:submit-end htmx:afterRequest htmx:after:request', signal, event => {
    const { success, successful } = detailOf(event)
    const form = formOf(event)
    // In htmx 2, a page that wants to show the answer to an error turns it into a success.
    const isDone = (success ?? successful) !== false && !(statusOf(event) >= 400)
    if (form !== null && !isQuery(event)) onEnd(form, isDone)
  })
  listen('turbo:before-visit htmx:beforeRequest htmx:before:request inertia:before', signal, event => {
    const { boosted, ctx, visit } = detailOf(event)
    const link = event.target instanceof Element && isMatch(event.target, 'a[href]') ? event.target : null
    const isLink = link !== null && closest(link, '[hx-boost], [hx-boost\\:inherited]') !== null
    const isVisit = event.type.startsWith('htmx')
      ? (boosted === true || ctx !== undefined) && isLink
      : visit === undefined || (visit.method === 'get' && visit.prefetch !== true && (visit.only ?? []).length === 0)
    if (isVisit && !mayLeave()) event.preventDefault()
  })
}
