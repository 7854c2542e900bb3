/** The timeouts of a session, in seconds. */
export interface Timeouts {
  /** Idle seconds until the warning. */
  readonly warnAfter: number
  /** Idle seconds until the end. */
  readonly expireAfter: number
  /** Seconds from sign-in to the end, whatever happens; `false` for none. */
  readonly absoluteTimeout: number | false
}

/** The timeouts of a session, and whether it is authenticated. */
export interface Terms extends Timeouts {
  /** `false` for an anonymous session: no page warns of its end, and `onSessionEnd` is not called for it. */
  readonly isAuthenticated: boolean
}
