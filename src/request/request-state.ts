import type { FastifyReply, FastifyRequest } from 'fastify'
import type { EndReason } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import { LateSignInError, LaterVersionError } from '../errors.ts'
import { requestOriginOf } from '../http/request-origin.ts'
import type { Arrival, FoundSession, LiveSession, SessionKey } from '../store/store.ts'
import { asError } from '../thrown.ts'
import { adoptStored } from './session-methods.ts'
import { Binding, boundTo } from './binding.ts'
import { createSession } from './fastify-session-internals.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import { isStale, refresh } from './knowledge.ts'
import type { SessionLink } from './session-link.ts'
import { recordOf, viewFor } from './session-view.ts'
import type { Shared } from './shared.ts'

/** What the application says of an authentication. */
export interface Proof {
  readonly methods: readonly string[]
  /** Whether the absolute deadline counts from now. */
  readonly restart: boolean
}

const UNKNOWN = { state: 'unknown' } as const satisfies FoundSession

/** The caller's session during one request: what the hooks hand on to each other. */
export class RequestState {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly shared: Shared
  readonly passive: boolean
  /** What the store said of the session that the request presented. */
  presented: FoundSession = UNKNOWN
  /**
   * The browser may have another cookie by now, or is about to: the presented session was renewed, signed in to, or ended while this
   * request was under way; or it sent more cookies than are looked at. An anonymous session that began now would take that cookie's place.
   */
  isOvertaken = false
  /** The presented session lives, but nobody can tell whose it is: a sign-in takes its place, and a page for somebody to sign in on. */
  isAbandoned = false
  /** When the request arrived: what it begins is no older. */
  readonly arrival: Arrival
  /** A later arrival, for sessions of that user: this request has ended all others of them. */
  arrivalAs: { readonly user: string, readonly arrival: Arrival } | null = null
  /** The session that it goes on as, if any lives. */
  elsewhere: LiveSession | null = null
  /** The session ids of the cookies that the request presented. */
  presentedIds: readonly string[] = []
  /** What the store calls that session; `undefined`: the request presented none. */
  presentedKey: SessionKey | undefined
  /** Why a hook of this request found the session to be over. */
  endedFor: EndReason | undefined
  /** The person has just proved who they are, says the application. */
  proof: Proof | null = null
  /** A ping or a call of this request recorded an activity. */
  hasReported = false
  /** The answer has begun: its headers are being decided, or were written. */
  hasAnswered = false
  /** The session that this request began, signed in to or renewed: its cookie is to go out. */
  begun: SessionLink | null = null
  /** The session object of a sign-out: its cookie is to be taken away. */
  ended: SessionObject | null = null
  /** The live session that was loaded, and its last activity before this request. */
  restored: { readonly link: SessionLink, readonly activityBeforeMs: number } | null = null
  /** Records activity while the body arrives. */
  bodyTimer: NodeJS.Timeout | undefined
  /** How many bytes of the body have arrived, on HTTP/2. */
  bodyBytes = 0
  /** Calls of the session object that are under way. */
  pending: Set<Promise<unknown>> | null = null
  /** `request.session` while it is put aside. */
  aside: SessionObject | null = null

  constructor (request: FastifyRequest, reply: FastifyReply, shared: Shared) {
    this.request = request
    this.reply = reply
    this.shared = shared
    this.passive = shared.isPassive(request)
    this.arrival = shared.store.arrival()
  }

  /** A log line that holds the request shows this: neither the options with their secrets, nor the session (G9). */
  toJSON (): object {
    return { handle: this.link?.handle ?? null, passive: this.passive }
  }

  /** The route as it was registered, for messages. */
  get route (): string {
    return `${this.request.method} ${this.request.routeOptions.url ?? 'an unknown address'}`
  }

  /**
   * A later version of this package keeps the session that the request presented. It goes on, though this request has an empty
   * one: nobody is to be told that it was over, and nothing begins in its place but a sign-in.
   */
  get isLater (): boolean {
    return this.presented.state === 'later' && this.link?.isLive !== true
  }

  /** @throws {LaterVersionError} */
  refuseLater (): void {
    if (this.isLater) throw new LaterVersionError()
  }

  /** No line can go out any more: the application wrote the headers itself, or the connection is a socket's by now. */
  get areHeadersGone (): boolean {
    const { request: { headers }, reply } = this
    return reply.raw.headersSent || (headers.upgrade !== undefined && reply.sent)
  }

  /**
   * Another site's page sent it, by a form for instance: a browser keeps back the session's cookie then, unless that is `SameSite=None`.
   * A line for a new session would take the place of the cookie that it has.
   */
  get isWithoutItsCookie (): boolean {
    const { presentedIds, request, shared: { policy: { session: { cookie }, allowedOrigins } } } = this
    if (presentedIds.length > 0 || request.method === 'GET' || request.method === 'HEAD') return false
    return String(cookie?.sameSite).toLowerCase() !== 'none' &&
      requestOriginOf(request, allowedOrigins) === 'cross-site'
  }

  get binding (): Binding | undefined {
    return boundTo(this.request.session)
  }

  /** The stored session that the request has at the moment, or is renewing. */
  get link (): SessionLink | null {
    const { binding } = this
    return binding?.link ?? binding?.predecessor ?? null
  }

  /** Whether this request puts off the expiry of its cookie: it puts the end off, and the application asked for `session.rolling`. */
  get renewsAge (): boolean {
    const { passive, hasReported, request: { session }, shared: { policy } } = this
    return policy.session.rolling === true &&
      (!passive || hasReported) && session?.cookie?.expires != null && this.link?.isAuthenticated === true
  }

  get record (): SessionRecord | null {
    return recordOf(this)
  }

  /** Renews what the request knows where that is too old to decide on, and goes on as anonymous when the session is over (G4). */
  async renewKnowledge (): Promise<void> {
    const { link, shared: { store } } = this
    if (link === null) return
    const isOver = link.isAuthenticated && viewFor(this).state === 'ended'
    if (link.found.state !== 'ended' && (!link.isLive || isOver || isStale(link, store))) await refresh(link, store)
    this.leaveWhenOver(link)
  }

  /** Does the same at once where the store can. @returns false if it has to be asked, or the session is over */
  renewKnowledgeNow (): boolean {
    const { link, shared: { store } } = this
    const session = link === null ? null : store.peek(link.key)
    if (link === null || session?.state !== 'live') return false
    link.learn(session, store.clock())
    return viewFor(this).state !== 'ended' || !link.isAuthenticated
  }

  /** Whether {@link renewKnowledge} has to ask. */
  get needsKnowledge (): boolean {
    const { link } = this
    return link !== null && (!link.isLive || isStale(link, this.shared.store))
  }

  /** The store's clock, carried on from what it said last (G5). */
  nowMs (): number {
    const { link, shared: { clock } } = this
    return link === null ? clock() : link.nowMs + clock() - link.seenAtMs
  }

  /** A session object becomes this request's. */
  adopt (session: SessionObject, link: SessionLink | null): Binding {
    return adoptStored(session, new Binding(this.shared, this), link)
  }

  /** The request goes on as anonymous: with a fresh session that nobody has saved. */
  becomeAnonymous (reason: EndReason | undefined): void {
    this.endedFor = reason
    this.adopt(createSession(this.shared.fastify, this.request), null)
  }

  /** Parts the request from its session: nothing is saved, and no cookie is sent or taken away. */
  leaveSession (): void {
    Object.assign(this.request, { session: {} }) // as @fastify/session has it outside the path of its cookie
  }

  /** A save of this request began this session. */
  began (link: SessionLink): void {
    this.begun = link
    this.ended = null
    this.proof = null
  }

  /** This request signed out. */
  signedOut (session: SessionObject): void {
    this.begun = null
    this.ended = session
  }

  /** Has the end of the request wait for a call whose promise the handler may not have awaited. */
  track<Result> (work: Promise<Result>): Promise<Result> {
    const pending = this.pending ??= new Set()
    const settle = (): void => { pending.delete(work) }
    work.then(settle, settle)
    pending.add(work)
    return work
  }

  /** Says that a change of who is signed in came after the answer had begun, and is not kept. */
  warnOfLateSignIn (): Error {
    const error = new LateSignInError(this.route)
    this.request.log.warn({ code: error.code }, error.message)
    return error
  }

  /** Answers with an error that nobody is left to catch, or logs it where the answer has begun. */
  fail (error: unknown): void {
    const err = asError(error)
    if (this.hasAnswered || this.reply.sent) {
      this.request.log.error(
        { err }, 'a callback of the session threw after the answer had begun'
      )
    } else this.reply.send(err)
  }

  leaveWhenOver (link: SessionLink): void {
    const { found: session } = link
    if (session.state === 'live') return
    this.presented = session
    this.isOvertaken = true
    this.becomeAnonymous(session.state === 'ended' ? session.ended.reason : undefined)
  }
}
