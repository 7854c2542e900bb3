import { asError } from '../thrown.ts'
import type { Contents } from '../store/contents.ts'
import { COOKIE_KEY, RECORD_KEY, difference, serialize } from '../store/contents.ts'
import { carryOut } from './carry-out.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { SavedBy } from './judge.ts'
import type { Plan } from './planned-beginning.ts'
import { isUnderAnotherName, judge } from './judge.ts'
import type { RequestState } from './request-state.ts'
import { NOBODY, identityOf } from './request-policy.ts'
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
  readonly context: RequestState | null
  /** The stored session. `null`: the session is not stored yet. */
  link: SessionLink | null = null
  /** The session that a session object made by `regenerate()` is to replace. */
  predecessor: SessionLink | null = null
  /** Contents that came from the stored session and that this request did not write. */
  inherited: Contents = NOTHING
  /** The expiry of the cookie when the session was loaded. Setting an age makes another `Date`. */
  inheritedExpiry: Date | null = null
  /** The user that the contents named when the session was loaded or last saved. */
  identity: Identity = NOBODY
  isRenewed = false
  /** The keys that the caller of `regenerate()` asked to keep. */
  kept: readonly string[] = []
  /** A save has signed out, so the session of this id has ended. */
  isSpent = false
  /** The store refused the last save, or the plugin did, before anything was written. */
  isRefused = false
  isSaved = false
  /** A save was dropped because the session had ended, and the audit trail has that. */
  hasLost = false
  /** The contents of a failed save. The plugin does not try the same contents again. */
  failed: Contents | null = null
  #queue: Promise<void> | null = null

  constructor (shared: Shared, context: RequestState | null) {
    this.shared = shared
    this.context = context
  }

  /** Tells whether a save has anything to do. @throws {NotSerializableError} */
  isModified (session: SessionObject): boolean {
    const { link } = this
    if (this.isRenewed || (this.context?.proof ?? null) !== null) return true
    if (link === null) {
      return Object.keys(session).some(key =>
        key !== COOKIE_KEY && key !== RECORD_KEY && session[key as keyof SessionObject] !== undefined
      )
    }
    if (!link.isLive) return !link.isAsLoaded(session)
    return !link.isAsLoaded(session) || isUnderAnotherName(this) || this.#isOfAnotherAge(session, link)
  }

  /**
   * Tells whether the session holds the contents of a failed save.
   *
   * A second try would fail again, or sign in after a refusal.
   */
  hasFailedWith (session: SessionObject): boolean {
    return this.failed !== null && difference(this.failed, serialize(session)) === null
  }

  /**
   * Saves the session. It judges and serialises in this tick, and writes in the order of the calls.
   *
   * @param by a call of the application, or the end of the request
   */
  async save (session: SessionObject, by: SavedBy): Promise<void> {
    const plan = this.#judge(session, by)
    if (plan === null) {
      await this.#queue
      this.isSaved = this.link?.isLive === true // contents that the store holds already are saved, too
      return
    }
    const before = this.#queue
    const work = before === null ? carryOut(plan, session, this) : before.then(() => carryOut(plan, session, this))
    const settled = work.then(() => {}, () => {})
    this.#queue = settled
    try {
      await work
    } catch (error) {
      this.#undo(plan, session)
      throw asError(error)
    } finally {
      if (this.#queue === settled) this.#queue = null
    }
    this.isSaved = this.link?.isLive === true
  }

  /** Waits for the saves that are under way. */
  async settled (): Promise<void> {
    await this.#queue
  }

  /** Remembers the user that the session names now. */
  learnIdentity (session: SessionObject): void {
    this.identity = identityOf(this.shared.policy, session)
  }

  #judge (session: SessionObject, by: SavedBy): Plan | null {
    this.isRefused = false
    try {
      return judge(session, this, by)
    } catch (error) {
      this.isRefused = true
      throw asError(error)
    }
  }

  #undo (plan: Plan, session: SessionObject): void {
    this.failed = plan.kind === 'end' ? null : plan.contents
    plan.undo()
    if (this.link === null) Reflect.deleteProperty(session, RECORD_KEY)
  }

  #isOfAnotherAge ({ cookie }: SessionObject, { contents, since }: SessionLink): boolean {
    return this.shared.cookie.encodedAge(cookie, since) !== contents[COOKIE_KEY]
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
