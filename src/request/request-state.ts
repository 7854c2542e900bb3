import type { EndReason } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Binding } from './binding.ts'
import { boundTo } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import { createSession } from './fastify-session-internals.ts'
import { isStale, refresh } from './knowledge.ts'
import { RequestFacts } from './request-facts.ts'
import type { SessionLink } from './session-link.ts'
import { adoptFor } from './session-methods.ts'
import { recordOf, viewFor } from './session-view.ts'

/** Adopts the caller's session for one request, renews the knowledge of it, and leaves it. */
export class RequestState extends RequestFacts {
  get binding (): Binding | undefined {
    return boundTo(this.request.session)
  }

  /** The stored session that the request has at the moment, or is renewing. */
  override get link (): SessionLink | null {
    const { binding } = this
    return binding?.link ?? binding?.predecessor ?? null
  }

  get record (): SessionRecord | null {
    return recordOf(this)
  }

  /**
   * Renews knowledge that is too old to decide on. If the session is over, the request goes on as anonymous (G4: no
   * guard sees it alive).
   */
  async renewKnowledge (): Promise<void> {
    const { link, shared: { store } } = this
    if (link === null) return
    const isOver = link.isAuthenticated && viewFor(this).state === 'ended'
    if (link.found.state !== 'ended' && (!link.isLive || isOver || isStale(link, store))) await refresh(link, store)
    this.leaveWhenOver(link)
  }

  /**
   * Does the same at once, if the store can.
   * @returns false if the store has to be asked, or the session is over
   */
  renewKnowledgeNow (): boolean {
    const { link, shared: { store } } = this
    const session = link === null || link.hasFollowed ? null : store.peek(link.key)
    if (link === null || session?.state !== 'live') return false
    link.learn(session, store.clock())
    return viewFor(this).state !== 'ended' || !link.isAuthenticated
  }

  /** Tells whether {@link renewKnowledge} has to ask the store. */
  get needsKnowledge (): boolean {
    const { link } = this
    return link !== null && (!link.isLive || isStale(link, this.shared.store))
  }

  /** Gives this request a session object. */
  adopt (session: SessionObject, link: SessionLink | null): Binding {
    return adoptFor(this, session, link)
  }

  /** Lets the request go on as anonymous, with an unsaved session. */
  becomeAnonymous (reason: EndReason | undefined): void {
    this.endedFor = reason
    this.adopt(createSession(this.shared.fastify, this.request), null)
  }

  /** Parts the request from its session. The plugin saves nothing, and neither sends nor clears a cookie. */
  leaveSession (): void {
    Object.assign(this.request, { session: {} }) // @fastify/session does so outside the path of its cookie
  }

  leaveWhenOver (link: SessionLink): void {
    const { found: session } = link
    if (session.state === 'live') return
    this.presented = session
    this.isOvertaken = true
    this.becomeAnonymous(session.state === 'ended' ? session.ended.reason : undefined)
  }
}
