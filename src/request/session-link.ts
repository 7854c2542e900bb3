import type { Authentication } from '../core/authentication.ts'
import type { Terms, Timeouts } from '../core/terms.ts'
import { recordAfterActivity } from '../core/policy.ts'
import type { SessionRecord, SessionStamp } from '../core/record.ts'
import type { Contents } from '../store/contents.ts'
import { COOKIE_KEY, RECORD_KEY, isAsLoaded, sinceIn } from '../store/contents.ts'
import type { Handle } from '../store/handle.ts'
import type { Device, FoundSession, LiveSession, Recorded, SessionKey, SessionNames } from '../store/store.ts'
import { liveSession } from '../store/live-session.ts'

declare module 'fastify' {
  interface Session {
    /** When this session began, its last activity, and its terms. fastify-session-security keeps this. */
    _session_security?: SessionStamp
  }
}

/** The link of a session object that @fastify/session restored from what the gateway gave it. */
export function linkIn (session: object): SessionLink | undefined {
  const link: unknown = Reflect.get(session, RECORD_KEY)
  return link instanceof SessionLink ? link : undefined
}

/**
 * What one request knows of a stored session: `request.session._session_security` shows it. It knows what was loaded, so
 * that a save writes what changed and nothing else.
 */
export class SessionLink implements SessionStamp {
  #handle: Handle
  #key: SessionKey
  readonly #loadedKey: SessionKey
  #contents: Contents
  #values: Readonly<Record<string, unknown>>
  #record: SessionRecord
  #user: string | undefined
  #device: Device | undefined
  #found: FoundSession
  #nowMs: number
  #seenAtMs: number
  #askedAtMs: number
  #signedInAtMs: number | undefined

  /** `values`: what was made of the contents, if it is still at hand. `seenAtMs`: when the store said so, by this node's clock. */
  constructor (
    { handle, key }: SessionNames, contents: Contents, session: LiveSession, seenAtMs: number,
    values: Readonly<Record<string, unknown>> = {}
  ) {
    this.#handle = handle
    this.#key = key
    this.#loadedKey = key
    this.#contents = contents
    this.#values = values
    this.#record = session.record
    this.#user = session.user
    this.#device = session.device
    this.#found = session
    this.#nowMs = session.nowMs
    this.#seenAtMs = seenAtMs
    this.#askedAtMs = seenAtMs
  }

  get handle (): Handle { return this.#handle }

  /** What the store calls it; after a renewal by another request, what it calls the successor. */
  get key (): SessionKey { return this.#key }

  /** The store called it so when this request loaded or began it: a renewal by another request was not this one's. */
  get loadedKey (): SessionKey { return this.#loadedKey }

  /** What the store holds, as far as this request knows. */
  get contents (): Contents { return this.#contents }

  /** The last word of the store about this session. */
  get found (): FoundSession { return this.#found }

  get isLive (): boolean { return this.#found.state === 'live' }

  /** The store's clock when it said so. */
  get nowMs (): number { return this.#nowMs }

  /** This node's clock when it was told. */
  get seenAtMs (): number { return this.#seenAtMs }

  /** This node's clock when the store was asked, as far as that is known: its answer may be as old as that. */
  get askedAtMs (): number { return this.#askedAtMs }

  set askedAtMs (askedAtMs: number) { this.#askedAtMs = askedAtMs }

  get record (): SessionRecord { return this.#record }
  get user (): string | undefined { return this.#user }
  get device (): Device | undefined { return this.#device }
  get isAuthenticated (): boolean { return this.#record.isAuthenticated }

  /** Since when the person is signed in, where the record says another time: `reauthenticated()` has its clock start anew. */
  get since (): number | undefined { return sinceIn(this.#contents) }

  /** Since when the person is signed in. Renewals keep it, those of other requests and `reauthenticated()` too. */
  get signedInAtMs (): number { return this.#signedInAtMs ?? this.since ?? this.#record.startedAtMs }

  get startedAtMs (): number { return this.#record.startedAtMs }
  get lastActivityMs (): number { return this.#record.lastActivityMs }
  get warnAfter (): number { return this.#record.warnAfter }
  get expireAfter (): number { return this.#record.expireAfter }
  get absoluteTimeout (): number | false { return this.#record.absoluteTimeout }
  get authentication (): Authentication | undefined { return this.#record.authentication }

  /** Whether the session object holds what the store does, as far as this request knows. @throws {NotSerializableError} */
  isAsLoaded (session: object): boolean {
    return isAsLoaded(session, this.#contents, this.#values)
  }

  /** Puts what was made of the contents into a session object, or into the values for one. */
  putInto (session: object): void {
    for (const [key, value] of Object.entries(this.#values)) if (key !== COOKIE_KEY) Reflect.set(session, key, value)
  }

  /** Takes in what the store says. An end is final: an older answer that comes late does not undo it (G2). */
  learn (session: FoundSession, seenAtMs: number): void {
    if (this.#found.state === 'ended') return
    this.#found = session
    this.#seenAtMs = seenAtMs
    this.#askedAtMs = seenAtMs
    if (session.state !== 'live') return
    this.#record = session.record
    this.#user = session.user
    this.#device = session.device
    this.#nowMs = session.nowMs
  }

  /** Another request renewed the session: from now on this one is about its successor. */
  follow (key: SessionKey, session: LiveSession, seenAtMs: number): void {
    this.#signedInAtMs = this.signedInAtMs
    this.#key = key
    this.#handle = key // a store that knows successors names sessions by handle
    this.learn(session, seenAtMs)
  }

  /** Takes in what became of an activity. */
  recorded (recorded: Recorded, timeouts: Timeouts | undefined, seenAtMs: number): void {
    if (recorded.state !== 'recorded') return this.learn(recorded, seenAtMs)
    const { lastActivityMs, nowMs } = recorded
    const terms: Terms = timeouts === undefined ? this.#record : { isAuthenticated: true, ...timeouts }
    this.learn(
      liveSession(recordAfterActivity(this.#record, lastActivityMs, nowMs, terms), this.#user, this.#device, nowMs), seenAtMs
    )
  }

  saved (contents: Contents): void {
    this.#contents = contents
    this.#values = {}
  }

  /** Hidden from JSON: a stamp that shows there would turn every request into a full write. */
  toJSON (): undefined {}
}
