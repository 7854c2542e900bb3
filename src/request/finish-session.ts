import { Stream } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { asError } from '../thrown.ts'
import { boundSession } from './session-methods.ts'
import type { Binding } from './binding.ts'
import { boundTo } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import { isStale, refresh } from './knowledge.ts'
import type { RequestState } from './request-state.ts'
import { contextOf } from './request-session.ts'
import { areSame, identityOf } from './request-policy.ts'

type Done = (error?: Error | null) => void

/** What `request.session` is while @fastify/session's onSend runs: it has no id, so there is nothing to save. */
const NO_SESSION = Object.freeze({})

/**
 * onSend, directly before @fastify/session's: saves the session and writes its cookie line, once. @fastify/session then finds
 * nothing to do, since it would write the line from what it knew when the request came (G14: the cookie is the browser's).
 */
export function finishSession (request: FastifyRequest, _reply: FastifyReply, payload: unknown, done: Done): void {
  const context = contextOf(request)
  if (context === undefined) return done() // an earlier hook answered: there is no session
  if (context.hasAnswered) return putAside(context, done) // the answer to what failed when the first one was sent
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

/** onSend, directly after @fastify/session's: later hooks see the session again. */
export function restoreSession (request: FastifyRequest, _reply: FastifyReply, _payload: unknown, done: Done): void {
  const context = contextOf(request)
  if (context?.aside != null) {
    request.session = context.aside
    context.aside = null
  }
  done()
}

/** onResponse: warns of what came too late to be kept. A tick later, since the response may leave within the call that sends it. */
export function reportLateChanges (request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if (boundSession(request.session) !== null) setImmediate(reportLateChange, request)
  done()
}

function reportLateChange (request: FastifyRequest): void {
  const session = boundSession(request.session) // by now another one, where regenerate() was called
  const binding = boundTo(session)
  if (session === null || binding === undefined || binding.context === null) return
  try {
    if (!binding.isRefused && binding.isModified(session) &&
      !binding.hasFailedWith(session) && isAnotherIdentity(session, binding)) binding.context.warnOfLateSignIn()
  } catch { /* nothing of it can be saved in any case */ }
}

/** @returns `null` if there is nothing to wait for. */
function finish (context: RequestState): Promise<void> | null {
  if (context.pending !== null && context.pending.size > 0) return finishAfter(context, [...context.pending])
  const session = boundSession(context.request.session)
  const binding = boundTo(session)
  context.hasAnswered = false
  if (session !== null && binding?.isModified(session) === true &&
    !binding.hasFailedWith(session)) return saveAndWrite(context, session, binding)
  context.hasAnswered = true
  if (session !== null && needsFreshKnowledge(context)) return refreshAndWrite(context)
  writeLine(context)
  return null
}

/** Waits for what a handler began and did not await. */
async function finishAfter (context: RequestState, pending: ReadonlyArray<Promise<unknown>>): Promise<void> {
  context.request.log.warn(
    { route: context.route }, 'the session is being changed by a call that was not awaited: the answer waits for it'
  )
  await Promise.all(pending)
  await finish(context)
}

async function saveAndWrite (context: RequestState, session: SessionObject, binding: Binding): Promise<void> {
  const saving = binding.save(session, 'answer') // judged in this tick, before the answer counts as begun
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

/** Whether a line is to go out, and what it depends on is too old to be put into the response. */
function needsFreshKnowledge (context: RequestState): boolean {
  const { link, shared: { store } } = context
  return link !== null && link.isLive && (context.begun === link || context.renewsAge) && isStale(link, store)
}

/** The one line for the session's cookie, if there is anything that the browser does not know yet. */
function writeLine (context: RequestState): void {
  const { request, reply, link, shared: { cookie, store } } = context
  const session = boundSession(request.session)
  if (session !== null && link !== null && link.isLive && (context.begun === link || context.renewsAge)) {
    // A session that another request renewed has another cookie by now: this one's would sign the browser out.
    if (store.handleOf(session.sessionId) === link.handle) cookie.set(reply, session)
    return
  }
  if (context.ended !== null && cookie.isPresented(request)) cookie.clear(reply, context.ended.cookie)
}

/** While the session is saved, nobody else listens to a stream that is to be sent: its error would end the process. Fastify finds it later. */
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
