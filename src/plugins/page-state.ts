import type { FastifyRequest } from 'fastify'
import type { LiveView } from '../core/view.ts'
import type { LiveAnswer } from '../core/wire.ts'
import { answerOf } from '../core/wire.ts'
import { requestOriginOf } from '../http/request-origin.ts'
import { pageNamesOf } from '../request/page-names.ts'
import type { RequestSession } from '../request/request-session.ts'
import { contextOf } from '../request/request-session.ts'
import { viewFor } from '../request/session-view.ts'

/** The session as a page is told of it. A field is absent where it is not known. */
export interface PageState {
  /** The user key; `null` for a page that is made for nobody. */
  readonly user?: string | null
  /** The one-way name of the session. */
  readonly tag?: string
  /** The answer that a ping would get now; only of a live session. */
  readonly view?: LiveAnswer
  /** The key by which the drafts of this user are encrypted: base64url of 32 bytes. */
  readonly draftKey?: string
}

const NOT_KNOWN: PageState = {}

/**
 * A view is never older than the store's `freshForMs` (G4: no page is told that an ended session is alive). Where it
 * would be, as in a handler that took long, there is none, and the page asks at once.
 */
export function pageStateOf (request: FastifyRequest): PageState {
  const context = contextOf(request)
  if (context === undefined || context.isLater) return NOT_KNOWN
  try {
    return stateOf(context)
  } catch {
    // The application's functions cannot tell, as the save of the session says. The page may be that of this very error.
    return NOT_KNOWN
  }
}

function stateOf (context: RequestSession): PageState {
  const { tag, keys } = pageNamesOf(context)
  const user = keys === undefined ? {} : { user: keys.user }
  if (context.link?.isLive === false) return user // the session ended while the page was being made, of what it held
  if (context.record === null) return isForNobody(context) ? { user: null } : NOT_KNOWN
  const view = freshView(context)
  return {
    ...user,
    ...(tag === undefined ? {} : { tag }),
    ...(view === null ? {} : { view: answerOf(view, tag, keys?.user) }),
    ...(keys === undefined ? {} : { draftKey: keys.draft })
  }
}

/** @returns null where what is known is too old, or the session is over */
function freshView (context: RequestSession): LiveView | null {
  if (context.needsKnowledge && !context.renewKnowledgeNow()) return null
  const view = viewFor(context)
  return view.state === 'ended' ? null : view
}

/**
 * Whether nobody is signed in to the browser either, as far as this request can tell: its session may go on under
 * another cookie, and a browser keeps cookies back from what other sites' pages send.
 */
function isForNobody (context: RequestSession): boolean {
  const { elsewhere, isAbandoned, isOvertaken, presentedIds, request, shared: { policy } } = context
  if (elsewhere !== null || isAbandoned || isOvertaken) return false
  return presentedIds.length > 0 || requestOriginOf(request, policy.allowedOrigins) !== 'cross-site'
}
