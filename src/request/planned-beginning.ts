import type { BeginningAuthentication } from '../core/authentication.ts'
import { dated, withAuthentication } from '../core/authentication.ts'
import type { Terms } from '../core/terms.ts'
import { anonymousTerms, startRecord } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Transition } from '../core/transition.ts'
import type { Changes, Contents } from '../store/contents.ts'
import { COOKIE_KEY, RECORD_KEY } from '../store/contents.ts'
import { liveSession } from '../store/live-session.ts'
import type { Arrival, Beginning, Predecessor, Takes } from '../store/store.ts'
import type { Binding } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { Proof, RequestFacts } from './request-facts.ts'
import type { Identity } from './request-policy.ts'
import { deviceFor, termsFor } from './request-policy.ts'
import { SessionLink } from './session-link.ts'

/** A write that a save will do. `undo` restores this request's knowledge when the write fails. */
export type Plan =
  | {
    readonly kind: 'update',
    readonly link: SessionLink,
    readonly changes: Changes,
    readonly contents: Contents,
    undo (): void
  }
  | { readonly kind: 'end', readonly before: SessionLink, undo (): void }
  | {
    readonly kind: 'begin',
    readonly transition: Transition,
    readonly link: SessionLink,
    readonly before: SessionLink | null
    readonly beginning: Beginning,
    readonly contents: Contents,
    undo (): void
  }

/** The result of judging a save. */
interface Judged {
  readonly change: Transition
  readonly before: SessionLink | null
  readonly identity: Identity
  readonly contents: Contents
}

/** Plans the beginning of a session in one write. The request knows the new session at once. */
export function planBeginning (
  session: SessionObject, binding: Binding, context: RequestFacts, { change, before, identity, contents }: Judged
): Plan {
  const { shared: { policy, store }, link: knownLink, predecessor, isRenewed, hasSignedOut } = binding
  const known = { link: knownLink, predecessor, isRenewed, hasSignedOut, identity: binding.identity }
  const terms = identity.isAuthenticated
    ? termsFor(policy, context.request)
    : anonymousTerms(session.cookie.originalMaxAge)
  const goesOn = change === 'renewed' || change === 'reauthenticated'
  const user = identity.user ?? (goesOn ? before?.user : undefined)
  const device = goesOn ? before?.device : identity.isAuthenticated ? deviceFor(policy, context.request) : undefined
  const { maxSessionsPerUser: max, atMaxSessions: whenFull } = policy
  const isLimited = max !== undefined && identity.user !== undefined && change !== 'begun' && change !== 'signedOut'
  const authentication = authenticationFor(goesOn ? before : null, change, context.proof)
  const record = recordOf(context.nowMs(), terms, goesOn ? before : null, context.proof, authentication)
  const beginning: Beginning = {
    contents,
    terms,
    ...(user === undefined ? {} : { user }),
    ...(device === undefined ? {} : { device }),
    ...(authentication === undefined ? {} : { authentication }),
    ...(goesOn && terms.isAuthenticated && context.proof?.restart !== true ? { startedAtMs: record.startedAtMs } : {}),
    ...(goesOn && terms.isAuthenticated ? { lastActivityMs: record.lastActivityMs } : {}),
    ...(terms.isAuthenticated ? { arrival: arrivalFor(user, context) } : {}),
    ...predecessorOf(before, change, context, goesOn ? takesOf(contents, binding) : undefined),
    ...(isLimited ? { limit: { max, whenFull } } : {})
  }
  const link = new SessionLink(
    store.namesOf(session.sessionId), contents, liveSession(record, user, device, context.nowMs()), store.clock()
  )
  binding.set({ link, predecessor: null, isRenewed: false, hasSignedOut: false, identity })
  Reflect.set(session, RECORD_KEY, link)
  return {
    kind: 'begin',
    transition: change,
    link,
    before,
    beginning,
    contents,
    undo () {
      binding.set(known)
      if (knownLink !== null) Reflect.set(session, RECORD_KEY, knownLink)
    }
  }
}

function arrivalFor (user: string | undefined, { arrival, arrivalAs }: RequestFacts): Arrival {
  return arrivalAs !== null && arrivalAs.user === user ? arrivalAs.arrival : arrival
}

/**
 * Returns the session that the new one replaces.
 *
 * A sign-in may present a cookie of a session that another request renewed. It then ends the successor, since the
 * browser is about to lose that cookie.
 */
function predecessorOf (
  before: SessionLink | null, change: Transition, context: RequestFacts, takes: Takes | undefined
): Pick<Beginning, 'predecessor'> {
  if (before !== null) {
    return {
      predecessor: {
        key: takes === undefined ? before.key : before.loadedKey,
        becomes: nextStateOf(before, change),
        ...(takes === undefined ? {} : { takes })
      }
    }
  }
  const { isOvertaken, isUnidentified, presented, presentedKey } = context
  const replacesNone = change === 'begun' || presented.state === 'later'
  if (replacesNone) return {}
  const mayGoOn = isOvertaken || isUnidentified || presented.state === 'renewed'
  return mayGoOn && presentedKey !== undefined ? { predecessor: { key: presentedKey, becomes: 'ended' } } : {}
}

/**
 * Returns the keys that a renewal leaves to the store: this request kept them.
 *
 * Another request may have edited them meanwhile (G8: both edits survive).
 */
function takesOf (contents: Contents, { isRenewed, inherited, kept }: Binding): Takes {
  if (isRenewed) {
    // Another request may have begun to use a key that the caller of `regenerate()` named.
    const named = [...new Set([...kept, ...Object.keys(contents)])]
    const isOwn = (key: string): boolean => key === COOKIE_KEY || key === RECORD_KEY
    return { only: named.filter(key => !isOwn(key) && contents[key] === inherited[key]) }
  }
  const keys = new Set([COOKIE_KEY, ...Object.keys(inherited), ...Object.keys(contents)])
  return { except: [...keys].filter(key => key === COOKIE_KEY || contents[key] !== inherited[key]) }
}

/**
 * Returns the predecessor's next state. A sign-out that leaves contents ends it, and the rest goes on as an anonymous
 * session.
 */
function nextStateOf (before: SessionLink, change: Transition): Predecessor['becomes'] {
  if (change === 'renewed' || change === 'reauthenticated') return 'renewed'
  return before.isAuthenticated ? 'ended' : 'dropped'
}

/** Returns the record as it will be. So the request sees its own sign-in before the write. */
function recordOf (
  nowMs: number, terms: Terms, before: SessionLink | null, proof: Proof | null,
  beginning: BeginningAuthentication | undefined
): SessionRecord {
  const begun = startRecord(terms, nowMs)
  const authentication = dated(beginning, nowMs)
  if (before === null) return withAuthentication(begun, authentication)
  const { lastActivityMs, startedAtMs } = before
  const record = { ...begun, lastActivityMs, ...(proof?.restart === true ? {} : { startedAtMs }) }
  return withAuthentication(record, authentication)
}

/**
 * Returns the authentication. The store dates a new one: this node's clock may be another than the store's.
 *
 * A sign-in without named methods needs none: it was at the start of the session.
 */
function authenticationFor (
  before: SessionLink | null, change: Transition, proof: Proof | null
): BeginningAuthentication | undefined {
  const isSignIn = change === 'signedIn' || change === 'userChanged'
  if (proof === null || !(isSignIn || change === 'reauthenticated')) return before?.record.authentication
  return isSignIn && proof.methods.length === 0 ? undefined : { methods: proof.methods }
}
