/** A proof of identity: its time and its methods. The application reports it by `reauthenticated()`. */
export interface Authentication {
  /** Milliseconds since the epoch, by the store's clock. */
  readonly atMs: number
  /** Names of methods, such as `pwd`, `otp`, `hwk`. They follow RFC 8176, §2, or are the application's own. */
  readonly methods: readonly string[]
}

/** The form of a method's name. */
const METHOD = /^[\w.:-]{1,32}$/

/** Most methods that one authentication may name. */
const MOST_METHODS = 8

/** Checks whether a record can hold a value as names of methods. */
export function areMethods (value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MOST_METHODS &&
    value.every(method => typeof method === 'string' && METHOD.test(method))
}

/** Returns the record with an authentication. A record without one keeps its shape. */
export function withAuthentication<Of extends object> (
  record: Of, authentication: Authentication | undefined
): Of & { readonly authentication?: Authentication } {
  return authentication === undefined ? record : { ...record, authentication }
}
