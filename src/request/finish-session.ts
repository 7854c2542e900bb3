import { Stream } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { asError } from '../thrown.ts'
import type { Binding } from './binding.ts'
import { boundSession, boundTo } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import { isStale, refresh } from './knowledge.ts'
import type { RequestState } from './request-state.ts'
import { contextOf } from './request-session.ts'
import { areSame, identityOf } from './request-policy.ts'
import { hasFailedWith, isModified, saveSession } from './save-session.ts'

type Done = (error?: Error | null) => void

/**
 * The value of `request.session` while @fastify/session's onSend runs. It has no id, so @fastify/session saves nothing.
 */
const NO_SESSION = Object.freeze({})

/**
 * Saves the session and writes its cookie line, once.
 *
 * An onSend hook, directly before that of @fastify/session, which then finds nothing to do. Otherwise it would write
 * the line from its knowledge at the start of the request (G14: the cookie is the browser's).
 */
export function finishSession (request: FastifyRequest, _reply: FastifyReply, payload: unknown, done: Done): void {
  const context = contextOf(request)
  if (context === undefined) return done() // an earlier hook answered: there is no session
  if (context.hasAnswered) return putAside(context, done) // this answer reports that the first one failed
  clearInterval(context.bodyTimer)
  context.hasAnswered = true
  let work: Promise<void> | null
  try {
    work = finish(context)
  } catch (error) {
    return done(asError(error))
  }
  if (work === null) return putAside(context, done)
  hearErrors(payload)
  work.then(() => putAside(context, done), (error: unknown) => done(asError(error)))
}

/** Restores `request.session` for later hooks. An onSend hook, directly after that of @fastify/session. */
export function restoreSession (request: FastifyRequest, _reply: FastifyReply, _payload: unknown, done: Done): void {
  const context = contextOf(request)
  if (context?.aside != null) {
    request.session = context.aside
    context.aside = null
  }
  done()
}

/**
 * Warns of changes that came too late to be saved.
 *
 * An onResponse hook. It warns one tick later, since the response may leave within the call that sends it.
 */
export function reportLateChanges (request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if (boundSession(request.session) !== null) setImmediate(reportLateChange, request)
  done()
}

function reportLateChange (request: FastifyRequest): void {
  const session = boundSession(request.session) // another object than before, if regenerate() was called
  const binding = boundTo(session)
  if (session === null || binding === undefined || binding.context === null) return
  try {
    if (binding.isRefused || !isModified(session, binding) || hasFailedWith(session, binding)) return
    if (isAnotherIdentity(session, binding)) binding.context.warnOfLateSignIn()
  } catch { /* nothing of it can be saved in any case */ }
}

/** Finishes the answer. @returns `null` if there is nothing to wait for */
function finish (context: RequestState): Promise<void> | null {
  if (context.pending !== null && context.pending.size > 0) return finishAfter(context, [...context.pending])
  const session = boundSession(context.request.session)
  const binding = boundTo(session)
  context.hasAnswered = false
  if (session !== null && binding !== undefined && isModified(session, binding) && !hasFailedWith(session, binding)) {
    return saveAndWrite(context, session, binding)
  }
  context.hasAnswered = true
  if (session !== null && needsFreshKnowledge(context)) return refreshAndWrite(context)
  writeLine(context)
  return null
}

/** Waits for calls that a handler began and did not await. */
async function finishAfter (context: RequestState, pending: ReadonlyArray<Promise<unknown>>): Promise<void> {
  context.request.log.warn(
    { route: context.route }, 'the session is being changed by a call that was not awaited: the answer waits for it'
  )
  await Promise.all(pending)
  await finish(context)
}

async function saveAndWrite (context: RequestState, session: SessionObject, binding: Binding): Promise<void> {
  const saving = saveSession(session, binding, 'answer') // judged in this tick, before the answer counts as begun
  context.hasAnswered = true
  await saving
  if (needsFreshKnowledge(context)) await refreshAndWrite(context)
  else writeLine(context)
}

async function refreshAndWrite (context: RequestState): Promise<void> {
  const { link, shared: { store } } = context
  if (link !== null) await refresh(link, store)
  writeLine(context)
}

/** Tells whether a pending cookie line depends on knowledge that is too old. */
function needsFreshKnowledge (context: RequestState): boolean {
  const { link, shared: { store } } = context
  return link !== null && link.isLive && (context.begun === link || context.renewsAge) && isStale(link, store)
}

/** Writes the line of the session's cookie, if the browser does not know it yet. */
function writeLine (context: RequestState): void {
  const { request, reply, link, shared: { cookie, store } } = context
  const session = boundSession(request.session)
  if (session !== null && link !== null && link.isLive && (context.begun === link || context.renewsAge)) {
    // A session that another request renewed has another cookie by now. The line of this one would sign the browser
    // out.
    if (store.handleOf(session.sessionId) === link.handle) cookie.set(reply, session)
    return
  }
  if (context.ended !== null && cookie.isPresented(request)) cookie.clear(reply, context.ended.cookie)
}

/**
 * Listens for errors of a stream while the session is saved.
 *
 * Nobody else listens yet, so an error would end the process. Fastify finds the error later.
 */
function hearErrors (payload: unknown): void {
  if (payload instanceof Stream) payload.on('error', () => {})
}

function putAside (context: RequestState, done: Done): void {
  const { request } = context
  if (request.session != null) {
    context.aside = request.session
    Reflect.set(request, 'session', NO_SESSION)
  }
  done()
}

function isAnotherIdentity (session: SessionObject, { identity, shared: { policy }, isRenewed }: Binding): boolean {
  return isRenewed || !areSame(identityOf(policy, session), identity)
}
