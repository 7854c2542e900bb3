import type { FastifyRequest } from 'fastify'
import type { LiveView } from '../core/view.ts'
import type { LiveAnswer } from '../core/wire.ts'
import { answerOf } from '../core/wire.ts'
import { requestOriginOf } from '../http/request-origin.ts'
import { pageNamesOf } from '../request/page-names.ts'
import type { RequestSession } from '../request/request-session.ts'
import { contextOf } from '../request/request-session.ts'
import { viewFor } from '../request/session-view.ts'

/** The session as a page knows it. A field is absent if it is not known. */
export interface PageState {
  /** The user key; `null` for a page that is made for nobody. */
  readonly user?: string | null
  /** A one-way name of the session. */
  readonly tag?: string
  /** The answer that a ping would get now. It is there only for a live session. */
  readonly view?: LiveAnswer
  /** Encrypts the drafts of this user: base64url of 32 bytes. */
  readonly draftKey?: string
}

const NOT_KNOWN: PageState = {}

/**
 * Returns the state of the session for the page that answers a request.
 *
 * A view is never older than the store's `freshForMs` (G4: no page hears that an ended session is alive). Without such
 * a view, as in a handler that took long, the page asks at once.
 */
export function pageStateOf (request: FastifyRequest): PageState {
  const context = contextOf(request)
  if (context === undefined || context.isLater) return NOT_KNOWN
  try {
    return stateOf(context)
  } catch {
    // The application's functions fail, and the save of the session reports that. This page may be the page of that
    // error.
    return NOT_KNOWN
  }
}

function stateOf (context: RequestSession): PageState {
  const { tag, keys } = pageNamesOf(context)
  const user = keys === undefined ? {} : { user: keys.user }
  // The session ended while the handler made the page from its contents.
  if (context.link?.isLive === false) return user
  if (context.record === null) return isForNobody(context) ? { user: null } : NOT_KNOWN
  const view = freshView(context)
  return {
    ...user,
    ...(tag === undefined ? {} : { tag }),
    ...(view === null ? {} : { view: answerOf(view, tag, keys?.user) }),
    ...(keys === undefined ? {} : { draftKey: keys.draft })
  }
}

/** Returns the present view; null without fresh knowledge, or if the session is over. */
function freshView (context: RequestSession): LiveView | null {
  if (context.needsKnowledge && !context.renewKnowledgeNow()) return null
  const view = viewFor(context)
  return view.state === 'ended' ? null : view
}

/**
 * Tells whether the browser has no authenticated session at all, as far as known.
 *
 * The session may go on under another cookie, and a browser keeps cookies back from requests of other sites' pages.
 * While the store is away, only the store would know: a page that says "nobody" would end the person's other tabs.
 */
function isForNobody (context: RequestSession): boolean {
  const { link, request, shared, successor, isUnidentified, isUnanswered, isOvertaken } = context
  if (successor !== null || isUnidentified || isUnanswered || isOvertaken) return false
  // A sign-out that was not saved.
  if (context.hasAnswered && link?.isLive === true && link.isAuthenticated) return false
  if (context.presentedIds.length > 0) return true
  return requestOriginOf(request, shared.policy.allowedOrigins) !== 'cross-site'
}
