/** A proof of identity: its time and its methods. The application reports it by `reauthenticated()`. */
export interface Authentication {
  /** Milliseconds since the epoch, by the store's clock. */
  readonly atMs: number
  /** Names of methods, such as `pwd`, `otp`, `hwk`. They follow RFC 8176, §2, or are the application's own. */
  readonly methods: readonly string[]
}

/** An authentication with which a session begins. The store dates a new one, which has no moment (G5: one clock). */
export type BeginningAuthentication = Pick<Authentication, 'methods'> & Partial<Authentication>

/** Dates a new authentication. A moment that is ahead of the clock becomes now, too. */
export function dated (
  authentication: BeginningAuthentication | undefined, nowMs: number
): Authentication | undefined {
  if (authentication === undefined) return undefined
  const { atMs = nowMs, methods } = authentication
  return { atMs: Math.min(atMs, nowMs), methods }
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
