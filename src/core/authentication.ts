/** How a person proved who they are, and when: later than the sign-in, or by methods that the application named. */
export interface Authentication {
  /** Milliseconds since the epoch, by the store's clock. */
  readonly atMs: number
  /** Names of methods, such as `pwd`, `otp`, `hwk`: those of RFC 8176, §2, or the application's own. */
  readonly methods: readonly string[]
}

/** What a method may be called. */
const METHOD = /^[\w.:-]{1,32}$/

/** How many methods one authentication may name. */
const MOST_METHODS = 8

/** Whether these are names of methods that a record can hold. */
export function areMethods (value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MOST_METHODS &&
    value.every(method => typeof method === 'string' && METHOD.test(method))
}

/** The same record with how and when the person proved who they are. Most have none: these keep their shape. */
export function withAuthentication<Of extends object> (
  record: Of, authentication: Authentication | undefined
): Of & { readonly authentication?: Authentication } {
  return authentication === undefined ? record : { ...record, authentication }
}
