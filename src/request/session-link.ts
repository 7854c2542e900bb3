import type { Authentication } from '../core/authentication.ts'
import { withAuthentication } from '../core/authentication.ts'
import type { Terms, Timeouts } from '../core/terms.ts'
import { recordAfterActivity } from '../core/policy.ts'
import type { SessionRecord, SessionStamp } from '../core/record.ts'
import { authenticationOf } from '../core/record.ts'
import type { Contents } from '../store/contents.ts'
import { COOKIE_KEY, RECORD_KEY, isAsLoaded, sinceIn } from '../store/contents.ts'
import type { Handle } from '../store/handle.ts'
import type { Device, FoundSession, LiveSession, Recorded, SessionKey, SessionNames } from '../store/store.ts'
import { liveSession } from '../store/live-session.ts'

declare module 'fastify' {
  interface Session {
    /** The beginning of this session, its last activity, and its terms. fastify-session-security keeps this. */
    _session_security?: SessionStamp
  }
}

/** Returns the link of a session object that @fastify/session restored from the gateway's values. */
export function linkIn (session: object): SessionLink | undefined {
  const link: unknown = Reflect.get(session, RECORD_KEY)
  return link instanceof SessionLink ? link : undefined
}

/**
 * Holds one request's knowledge of a stored session; `request.session._session_security` shows it.
 *
 * The link keeps the loaded contents, so that a save writes only changes.
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
  /**
   * The last authentication before another request renewed the session.
   *
   * A later one was proved by somebody who has the successor's cookie. The sender of this request may not have it: a
   * thief could hold a request back until the owner has proved who they are.
   */
  #earlier: Authentication | undefined

  /**
   * @param seenAtMs the moment of the store's answer, by this node's clock
   * @param values the deserialised contents, if they are at hand
   */
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

  /** The store's key of the session. A renewal by another request changes it to the successor's. */
  get key (): SessionKey { return this.#key }

  /** The key when this request loaded or began the session. A renewal by another request does not change it. */
  get loadedKey (): SessionKey { return this.#loadedKey }

  /** Whether another request has renewed the session, and this link concerns the successor. */
  get hasFollowed (): boolean { return this.#key !== this.#loadedKey }

  /** The contents in the store, as far as this request knows. */
  get contents (): Contents { return this.#contents }

  /** The store's last answer about this session. */
  get found (): FoundSession { return this.#found }

  get isLive (): boolean { return this.#found.state === 'live' }

  /** The store's clock at that answer. */
  get nowMs (): number { return this.#nowMs }

  /** This node's clock at that answer. */
  get seenAtMs (): number { return this.#seenAtMs }

  /** This node's clock at the question, as far as that is known. The answer may be as old as that. */
  get askedAtMs (): number { return this.#askedAtMs }

  set askedAtMs (askedAtMs: number) { this.#askedAtMs = askedAtMs }

  get record (): SessionRecord { return this.#record }
  get user (): string | undefined { return this.#user }
  get device (): Device | undefined { return this.#device }
  get isAuthenticated (): boolean { return this.#record.isAuthenticated }

  /** The time of the sign-in, if the record names another: `reauthenticated()` restarts the record's clock. */
  get since (): number | undefined { return sinceIn(this.#contents) }

  /** The time of the sign-in. All renewals and `reauthenticated()` keep it. */
  get signedInAtMs (): number { return this.#signedInAtMs ?? this.since ?? this.#record.startedAtMs }

  get startedAtMs (): number { return this.#record.startedAtMs }
  get lastActivityMs (): number { return this.#record.lastActivityMs }
  get warnAfter (): number { return this.#record.warnAfter }
  get expireAfter (): number { return this.#record.expireAfter }
  get absoluteTimeout (): number | false { return this.#record.absoluteTimeout }
  get authentication (): Authentication | undefined { return this.#record.authentication }

  /**
   * Tells whether the session object holds the contents of the store, as far as known.
   * @throws {NotSerializableError}
   */
  isAsLoaded (session: object): boolean {
    return isAsLoaded(session, this.#contents, this.#values)
  }

  /** Puts the deserialised contents into a session object, or into the values for one. */
  putInto (session: object): void {
    for (const [key, value] of Object.entries(this.#values)) if (key !== COOKIE_KEY) Reflect.set(session, key, value)
  }

  /** Takes in the store's answer. An older answer that comes late does not undo an end (G2: an end is final). */
  learn (session: FoundSession, seenAtMs: number): void {
    if (this.#found.state === 'ended') return
    this.#found = session
    this.#seenAtMs = seenAtMs
    this.#askedAtMs = seenAtMs
    if (session.state !== 'live') return
    this.#record = this.#earlier === undefined ? session.record : withAuthentication(session.record, this.#earlier)
    this.#user = session.user
    this.#device = session.device
    this.#nowMs = session.nowMs
  }

  /** Takes over the authentication of the link to a predecessor, which another request renewed. */
  keepAuthenticationOf ({ record }: SessionLink): void {
    this.#earlier = authenticationOf(record)
    this.#record = withAuthentication(this.#record, this.#earlier)
  }

  /** Makes this link concern the successor, because another request renewed the session. */
  follow (key: SessionKey, session: LiveSession, seenAtMs: number): void {
    this.#signedInAtMs = this.signedInAtMs
    this.#earlier = authenticationOf(this.#record)
    this.#key = key
    this.#handle = key // a store that knows successors names sessions by handle
    this.learn(session, seenAtMs)
  }

  /** Takes in the store's answer to an activity. */
  recorded (recorded: Recorded, timeouts: Timeouts | undefined, seenAtMs: number): void {
    if (recorded.state !== 'recorded') return this.learn(recorded, seenAtMs)
    const { lastActivityMs, nowMs } = recorded
    const terms: Terms = timeouts === undefined ? this.#record : { isAuthenticated: true, ...timeouts }
    const record = recordAfterActivity(this.#record, lastActivityMs, nowMs, terms)
    this.learn(liveSession(record, this.#user, this.#device, nowMs), seenAtMs)
  }

  saved (contents: Contents): void {
    this.#contents = contents
    this.#values = {}
  }

  /** Hides the link from JSON. Otherwise every request would change the session and write it in full. */
  toJSON (): undefined {}
}
