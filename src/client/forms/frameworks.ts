import { isMatch } from '../elements.ts'
import { listen } from '../listen.ts'
import { closest } from './dom.ts'

/** The details of events of Turbo, htmx 2 and 4, and Inertia. */
interface Detail {
  readonly success?: boolean
  readonly successful?: boolean
  readonly boosted?: boolean
  readonly xhr?: { readonly status?: number }
  readonly requestConfig?: { readonly verb?: string, readonly elt?: unknown }
  readonly ctx?: {
    readonly sourceElement?: unknown
    readonly request?: { readonly method?: string }
    readonly response?: { readonly status?: number }
  }
  readonly visit?: { readonly method?: string, readonly only?: readonly unknown[], readonly prefetch?: boolean }
}

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
  listen('turbo:submit-start htmx:beforeOnLoad', signal, event => {
    const form = formOf(event)
    if (form !== null && !isQuery(event)) onBegin(form)
  })
  listen('turbo:submit-end htmx:afterRequest htmx:after:request', signal, event => {
    const { success, successful, ctx, xhr } = detailOf(event)
    const form = formOf(event)
    // In htmx 2, a page that wants to show the answer to an error turns it into a success.
    const isDone = (success ?? successful) !== false && Number(xhr?.status ?? ctx?.response?.status ?? 0) < 400
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

function detailOf (event: Event): Detail {
  return event instanceof CustomEvent ? Object(event.detail) : {}
}
