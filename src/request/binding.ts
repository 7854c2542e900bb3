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

/** What ties a session object of @fastify/session to its stored session and to the request that has it. */
export class Binding {
  readonly shared: Shared
  /** Absent for a session that `decryptSession()` gave, to a socket for instance. */
  readonly context: RequestState | null
  /** The session as it is stored; `null`: it is not stored yet. */
  link: SessionLink | null = null
  /** The session in whose place an object begins that `regenerate()` made. */
  predecessor: SessionLink | null = null
  /** What came from the stored session, and was not written by this request. */
  inherited: Contents = NOTHING
  /** When its cookie expires, as it was loaded: to set an age makes another date. */
  inheritedExpiry: Date | null = null
  /** Whose the session was when it was loaded or last saved, by what it held. */
  identity: Identity = NOBODY
  isRenewed = false
  /** The keys that `regenerate()` was asked to keep. */
  kept: readonly string[] = []
  /** A save has signed out: the session has ended that had this id. */
  isSpent = false
  /** The last save was refused before anything was written. */
  isRefused = false
  isSaved = false
  /** A save was not kept, as the session had ended, and the audit trail has it. */
  hasLost = false
  /** The contents whose save failed: the same are not tried again. */
  failed: Contents | null = null
  #queue: Promise<void> | null = null

  constructor (shared: Shared, context: RequestState | null) {
    this.shared = shared
    this.context = context
  }

  /** Whether a save has anything to do. @throws {NotSerializableError} */
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

  /** The same as the contents that could not be saved: to try again would fail again, or sign in after a refusal. */
  hasFailedWith (session: SessionObject): boolean {
    return this.failed !== null && difference(this.failed, serialize(session)) === null
  }

  /**
   * Judges and serialises in this tick; writes in the order of the calls.
   *
   * @param by a call of the application's, or the end of the request
   */
  async save (session: SessionObject, by: SavedBy): Promise<void> {
    const plan = this.#judge(session, by)
    if (plan === null) {
      await this.#queue
      this.isSaved = this.link?.isLive === true // what the store holds already is saved too
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

  /** What the session holds now counts as known. */
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
  (session as Bound)[kBinding] = binding // a tenth of what Reflect.set() takes
}

export function boundTo (session: object | null | undefined): Binding | undefined {
  if (session == null) return undefined
  const binding: unknown = (session as Bound)[kBinding]
  return binding instanceof Binding ? binding : undefined
}
