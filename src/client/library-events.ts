/** The events by which Turbo, htmx 2 and htmx 4 tell of an answer. */
export const ANSWERS = 'htmx:beforeOnLoad htmx:after:request turbo:before-fetch-response'

/** The details of events of Turbo, htmx 2 and 4, and Inertia. */
export interface Detail {
  readonly success?: boolean
  readonly successful?: boolean
  readonly boosted?: boolean
  readonly fetchResponse?: { readonly response?: { readonly status?: number } }
  readonly xhr?: { readonly status?: number }
  readonly requestConfig?: { readonly verb?: string, readonly elt?: unknown }
  readonly ctx?: {
    readonly sourceElement?: unknown
    readonly request?: { readonly method?: string }
    readonly response?: { readonly status?: number }
  }
  readonly visit?: { readonly method?: string, readonly only?: readonly unknown[], readonly prefetch?: boolean }
}

export function detailOf (event: Event): Detail {
  return Object(Reflect.get(event, 'detail'))
}

/** Returns the status of the answer that an event tells of; NaN for none. */
export function statusOf (event: Event): number {
  const { fetchResponse, xhr, ctx } = detailOf(event)
  return Number((fetchResponse?.response ?? xhr ?? ctx?.response)?.status)
}
