import type { FastifyRequest } from 'fastify'
import { answerOf } from '../core/wire.ts'
import { requestOriginOf } from '../http/request-origin.ts'
import type { PageNames } from '../request/page-names.ts'
import { pageNamesOf } from '../request/page-names.ts'
import type { RequestSession } from '../request/request-session.ts'
import { contextOf } from '../request/request-session.ts'
import { viewFor } from '../request/session-view.ts'

/** What the script of a page is told of the session that the page is made in. Absent: not known. */
export interface PageAttributes {
  /** The user's key; empty for a page that is made for nobody. */
  readonly user?: string | undefined
  readonly tag?: string | undefined
  /** What a ping would answer at this moment, as JSON; only of a session that is alive. */
  readonly view?: string | undefined
  readonly draftKey?: string | undefined
}

const NOT_KNOWN: PageAttributes = {}

/**
 * A view is never older than the store's `freshForMs` (G4: no page is told that an ended session is alive). Where it would be, as in a handler
 * that took long, there is none, and the page asks at once.
 */
export function pageAttributesOf (request: FastifyRequest | undefined): PageAttributes {
  const context = request === undefined ? undefined : contextOf(request)
  if (context === undefined || context.isLater) return NOT_KNOWN
  const names = pageNamesOf(context)
  // The session ended while the page was being made, of what it held.
  if (context.link?.isLive === false) return { user: names.keys?.user }
  if (context.record === null) return isForNobody(context) ? { user: '' } : NOT_KNOWN
  return { user: names.keys?.user, tag: names.tag, view: viewOf(context, names), draftKey: names.keys?.draft }
}

function viewOf (context: RequestSession, { tag, keys }: PageNames): string | undefined {
  if (context.needsKnowledge && !context.renewKnowledgeNow()) return undefined
  const view = viewFor(context)
  return view.state === 'ended' ? undefined : JSON.stringify(answerOf(view, tag, keys?.user))
}

/**
 * Whether nobody is signed in to the browser either, as far as this request can tell: its session may go on under another cookie, and a
 * browser keeps cookies back from what other sites' pages send.
 */
function isForNobody ({ elsewhere, isAbandoned, isOvertaken, presentedIds, request, shared: { policy } }: RequestSession): boolean {
  if (elsewhere !== null || isAbandoned || isOvertaken) return false
  return presentedIds.length > 0 || requestOriginOf(request, policy.allowedOrigins) !== 'cross-site'
}
