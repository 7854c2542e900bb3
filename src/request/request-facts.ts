import type { FastifyReply, FastifyRequest } from 'fastify'
import type { EndReason } from '../core/policy.ts'
import { LateSignInError, LaterVersionError } from '../errors.ts'
import { requestOriginOf } from '../http/request-origin.ts'
import type { Arrival, FoundSession, LiveSession, SessionKey } from '../store/store.ts'
import { asError } from '../thrown.ts'
import { answerOf } from './answer-progress.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { SessionLink } from './session-link.ts'
import type { Shared } from './shared.ts'

/** The application's statement about an authentication. */
export interface Proof {
  readonly methods: readonly string[]
  /** Tells whether the absolute deadline counts from now. */
  readonly restart: boolean
}

const UNKNOWN = { state: 'unknown' } as const satisfies FoundSession

/** Holds the facts about a request and its session. The hooks hand them on to each other. */
export abstract class RequestFacts {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly shared: Shared
  readonly passive: boolean
  /** The store's answer about the session that the request presented. */
  presented: FoundSession = UNKNOWN
  /**
   * The browser may have another cookie by now, or is about to get one.
   *
   * The presented session was renewed, signed in to, or ended while this request was under way; or the request has more
   * cookies than the plugin checks. An anonymous session that began now would replace that cookie.
   */
  isOvertaken = false
  /**
   * The presented session lives, but nobody can tell its user. Only a sign-in, or a page to sign in on, may replace it.
   */
  isUnidentified = false
  /** The store could not say what became of the presented session. It may be alive. */
  isUnanswered = false
  /** The arrival of the request. Sessions that it begins are no older. */
  readonly arrival: Arrival
  /** A later arrival for sessions of that user: this request ended all their others. */
  arrivalAs: { readonly user: string, readonly arrival: Arrival } | null = null
  /** The live session that the presented one goes on as, if any. */
  successor: LiveSession | null = null
  /** The session ids of the cookies that the request presented. */
  presentedIds: readonly string[] = []
  /** The store's key of the presented session; `undefined` if the request presented none. */
  presentedKey: SessionKey | undefined
  /** The reason why a hook of this request found the session to be over. */
  endedFor: EndReason | undefined
  /** The application's statement that the person has just proved who they are. */
  proof: Proof | null = null
  /** A ping or a call of this request recorded an activity. */
  hasReported = false
  /** The answer has begun: the plugin is writing its headers, or has written them. */
  hasAnswered = false
  /** The session that this request began, signed in to or renewed. Its cookie is to go out. */
  begun: SessionLink | null = null
  /** The session object of a sign-out. Its cookie is to be cleared. */
  ended: SessionObject | null = null
  /** The live session that was loaded, and its last activity before this request. */
  restored: { readonly link: SessionLink, readonly activityBeforeMs: number } | null = null
  /** Records activity while the body arrives. */
  bodyTimer: NodeJS.Timeout | undefined
  /** The number of bytes of the body that have arrived, on HTTP/2. */
  bodyBytes = 0
  /** The calls of the session object that are under way. */
  pending: Set<Promise<unknown>> | null = null
  /** The `request.session` that is put aside. */
  aside: SessionObject | null = null

  constructor (request: FastifyRequest, reply: FastifyReply, shared: Shared) {
    this.request = request
    this.reply = reply
    this.shared = shared
    this.passive = shared.isPassive(request)
    this.arrival = shared.store.arrival()
  }

  /** The stored session that the request has at the moment, or is renewing. */
  abstract get link (): SessionLink | null

  /** Hides options and session from a log line that holds the request (G9: secret ids stay secret). */
  toJSON (): object {
    return { handle: this.link?.handle ?? null, passive: this.passive }
  }

  /** The pattern of the route, for messages. */
  get route (): string {
    return `${this.request.method} ${this.request.routeOptions.url ?? 'an unknown address'}`
  }

  /**
   * Tells whether a later version of this package keeps the presented session.
   *
   * That session goes on, though this request has an empty one. So no answer says that it was over, and only a sign-in
   * replaces it.
   */
  get isLater (): boolean {
    return this.presented.state === 'later' && this.link?.isLive !== true
  }

  /** @throws {LaterVersionError} */
  refuseLater (): void {
    if (this.isLater) throw new LaterVersionError()
  }

  /**
   * Tells whether no cookie line can go out any more.
   *
   * The application wrote the headers itself, or the connection became a socket: then the reply is sent, and nobody has
   * called `send()`. A client may offer `Upgrade: h2c` with any request.
   */
  get areHeadersGone (): boolean {
    const { request: { headers }, reply } = this
    return reply.raw.headersSent || (headers.upgrade !== undefined && reply.sent && answerOf(reply) === 'none')
  }

  /**
   * Tells whether another site's page sent the request, for example by a form.
   *
   * A browser then sends the session's cookie only with `SameSite=None`. The line of a new session would replace the
   * cookie that it kept back.
   */
  get isWithoutItsCookie (): boolean {
    const { presentedIds, request, shared: { policy: { session: { cookie }, allowedOrigins } } } = this
    if (presentedIds.length > 0 || request.method === 'GET' || request.method === 'HEAD') return false
    return String(cookie?.sameSite).toLowerCase() !== 'none' &&
      requestOriginOf(request, allowedOrigins) === 'cross-site'
  }

  /** Tells whether this request renews the age of its cookie. It must record activity, under `session.rolling`. */
  get renewsAge (): boolean {
    const { passive, hasReported, request: { session }, shared: { policy } } = this
    if (policy.session.rolling !== true || (passive && !hasReported)) return false
    return session?.cookie?.expires != null && this.link?.isAuthenticated === true
  }

  /** Returns the store's time, carried on from its last answer (G5: one clock). */
  nowMs (): number {
    const { link, shared: { clock } } = this
    return link === null ? clock() : link.nowMs + clock() - link.seenAtMs
  }

  /** Notes that a save of this request began this session. */
  began (link: SessionLink): void {
    this.begun = link
    this.ended = null
    this.proof = null
  }

  /** Notes that this request signed out. */
  signedOut (session: SessionObject): void {
    this.begun = null
    this.ended = session
  }

  /** Makes the end of the request wait for a call that nobody may await. */
  track<Result> (work: Promise<Result>): Promise<Result> {
    const pending = this.pending ??= new Set()
    const settle = (): void => { pending.delete(work) }
    work.then(settle, settle)
    pending.add(work)
    return work
  }

  /** Warns that the user changed after the answer had begun, and is not saved. */
  warnOfLateSignIn (): Error {
    const error = new LateSignInError(this.route)
    this.request.log.warn({ code: error.code }, error.message)
    return error
  }

  /** Answers with an error, or logs it if the answer has begun. */
  fail (error: unknown): void {
    const err = asError(error)
    const hasAnswered = this.hasAnswered || this.reply.sent
    if (hasAnswered) this.request.log.error({ err }, 'a callback of the session threw after the answer had begun')
    else this.reply.send(err)
  }
}
