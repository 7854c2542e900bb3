import type { Contents } from '../store/contents.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { RequestFacts } from './request-facts.ts'
import { ANONYMOUS, identityOf } from './request-policy.ts'
import type { Identity } from './request-policy.ts'
import type { SessionLink } from './session-link.ts'
import type { Shared } from './shared.ts'

const NOTHING: Contents = Object.freeze({})

const kBinding = Symbol('fastify-session-security binding')

interface Bound {
  [kBinding]?: unknown
}

/** Ties a session object of @fastify/session to its stored session and to its request. */
export class Binding {
  readonly shared: Shared
  /** `null` for a session that `decryptSession()` gave, for instance to a socket. */
  readonly context: RequestFacts | null
  /** The stored session. `null`: the session is not stored yet. */
  link: SessionLink | null = null
  /** The session that a session object made by `regenerate()` is to replace. */
  predecessor: SessionLink | null = null
  /** Contents that came from the stored session and that this request did not write. */
  inherited: Contents = NOTHING
  /** The expiry of the cookie when the session was loaded. Setting an age makes another `Date`. */
  inheritedExpiry: Date | null = null
  /** The user that the contents named when the session was loaded or last saved. */
  identity: Identity = ANONYMOUS
  isRenewed = false
  /** The keys that the caller of `regenerate()` asked to keep. */
  kept: readonly string[] = []
  /** A save has signed out, so the session of this id has ended. */
  hasSignedOut = false
  /** The store refused the last save, or the plugin did, before anything was written. */
  isRefused = false
  isSaved = false
  /** A save was dropped because the session had ended, and the audit trail has that. */
  hasDroppedSave = false
  /** The contents of a failed save. The plugin does not try the same contents again. */
  failed: Contents | null = null
  /** The last of the saves that are under way. */
  queue: Promise<void> | null = null

  constructor (shared: Shared, context: RequestFacts | null) {
    this.shared = shared
    this.context = context
  }

  /** Sets the properties that a save changes. After a failed write, it sets them back. */
  set (state: Partial<Pick<Binding, 'link' | 'predecessor' | 'isRenewed' | 'hasSignedOut' | 'identity'>>): void {
    Object.assign(this, state)
  }

  /** Waits for the saves that are under way. */
  async settled (): Promise<void> {
    await this.queue
  }

  /** Remembers the user that the session names now. */
  learnIdentity (session: SessionObject): void {
    this.identity = identityOf(this.shared.policy, session)
  }
}

export function bind (session: SessionObject, binding: Binding): void {
  (session as Bound)[kBinding] = binding // takes a tenth of the time of Reflect.set()
}

export function boundTo (session: object | null | undefined): Binding | undefined {
  if (session == null) return undefined
  const binding: unknown = (session as Bound)[kBinding]
  return binding instanceof Binding ? binding : undefined
}

/** Returns the session object, if this plugin has adopted it. */
export function boundSession (session: SessionObject | null | undefined): SessionObject | null {
  return boundTo(session) === undefined ? null : session ?? null
}
