import { Signer } from '@fastify/cookie'
import type { FastifyInstance, FastifyRequest, Session } from 'fastify'
import type { Act } from '../helpers/session-peers.ts'
import { SECRET } from '../helpers/session-peers.ts'

type SessionObject = FastifyRequest['session']

const signer = new Signer(SECRET)

function contentsOf (session: SessionObject): Record<string, unknown> {
  return JSON.parse(JSON.stringify({ ...session, cookie: undefined }))
}

/** Runs a function that takes a callback, and answers with the error. */
function called (call: (callback: (error?: unknown) => void) => void): Promise<unknown> {
  return new Promise(resolve => call(resolve))
}

function messageOf (error: unknown): unknown {
  return error instanceof Error ? error.message : error ?? null
}

/** Decrypts a session for an object that is no request of Fastify. */
async function decrypted (app: FastifyInstance, signedId: string, ...options: object[]): Promise<SessionObject> {
  const like: { session?: SessionObject } = {}
  const decrypt = app.decryptSession as (...args: unknown[]) => void
  const error = await called(done => decrypt(signedId, like, ...options, done))
  if (error != null || like.session === undefined) throw error ?? new Error('there is no session')
  return like.session
}

async function caught (work: () => Promise<unknown>): Promise<unknown> {
  return await work().then(() => 'done', messageOf)
}

/** Acts of an application that the README of @fastify/session documents. Each answers with its findings. */
export const acts: Record<string, Act> = {
  read: ({ session }) => contentsOf(session),
  keys: ({ session }) => Object.keys(session).toSorted(),
  set ({ session }) {
    session.set('a', 1)
    return session.get('a')
  },
  assign ({ session }) {
    session.a = 2
    return session.get('a')
  },
  sameAgain ({ session }) {
    session.a = 1
    return session.isModified()
  },
  remove ({ session }) {
    delete session.a
    return session.get('a') ?? null
  },
  others: ({ session }) => {
    Object.assign(session, { list: [1, { deep: true }], text: 'ä', nothing: null, flag: false })
  },
  date: ({ session }) => { Object.assign(session, { when: new Date(0) }) },
  isDate: ({ session }) => Reflect.get(session, 'when') instanceof Date,
  signIn: ({ session }) => { session.user = 'ada' },
  signInAsEve: ({ session }) => { session.user = 'eve' },
  signOut: ({ session }) => { delete session.user },
  async signInAndSave ({ session }) {
    session.user = 'ada'
    await session.save()
    return session.isSaved()
  },
  async modified ({ session }) {
    const said = [session.isModified(), session.isSaved()]
    session.a = 3
    said.push(session.isModified(), session.isSaved())
    await session.save()
    return [...said, session.isModified(), session.isSaved()]
  },
  save: async ({ session }) => [await caught(async () => await session.save()), session.isSaved()],
  async saveByCallback ({ session }) {
    session.a = 4
    return { error: messageOf(await called(done => session.save(done))), isSaved: session.isSaved() }
  },
  saveReturns: ({ session }) => typeof session.save(() => {}),
  async destroy (request) {
    await request.session.destroy()
    return request.session
  },
  async destroyByCallback (request) {
    return { error: messageOf(await called(done => request.session.destroy(done))), session: request.session }
  },
  destroyFails: async ({ session }) => await caught(async () => await session.destroy()),
  async regenerate (request) {
    const { session } = request
    await session.regenerate()
    const isOtherId = request.session.sessionId !== session.sessionId
    return { isOther: request.session !== session, isOtherId, ...contentsOf(request.session) }
  },
  async regenerateByCallback (request) {
    const { sessionId } = request.session
    const error = await called(done => request.session.regenerate(done))
    const isOtherId = request.session.sessionId !== sessionId
    return { error: messageOf(error), isOtherId, ...contentsOf(request.session) }
  },
  async regenerateKeeping (request) {
    await request.session.regenerate(['a', 'user'])
    return contentsOf(request.session)
  },
  async regenerateKeepingByCallback (request) {
    const error = await called(done => request.session.regenerate(['a', 'user'], done))
    return { error: messageOf(error), ...contentsOf(request.session) }
  },
  /** The README's example for regenerate(): it answers with the new id. */
  async regenerateToId ({ session }, reply) {
    session.a = 3
    const { request } = reply
    await request.session.regenerate(['a', 'user'])
    return request.session.sessionId
  },
  regenerateFails: async ({ session }) => await caught(async () => await session.regenerate()),
  async reload (request) {
    request.session.b = 5
    await request.session.reload()
    return contentsOf(request.session)
  },
  async reloadByCallback (request) {
    request.session.b = 5
    const error = await called(done => request.session.reload(done))
    return { isNull: error === null, ...contentsOf(request.session) }
  },
  async saveAndReload (request) {
    request.session.a = 6
    await request.session.save()
    await request.session.reload()
    return contentsOf(request.session)
  },
  async signInAndReload (request) {
    request.session.user = 'ada'
    await request.session.save()
    await request.session.reload()
    return contentsOf(request.session)
  },
  async touch ({ session }) {
    const before = session.cookie.expires?.getTime() ?? null
    await new Promise(resolve => setTimeout(resolve, 3))
    session.touch()
    const after = session.cookie.expires?.getTime() ?? null
    return before === null || after === null ? { before, after } : { isLater: after > before }
  },
  hourLong ({ session }) {
    session.a = 7
    session.options({ maxAge: 3_600_000 })
    return session.cookie.originalMaxAge
  },
  ownAge ({ session }) {
    session.a = 8
    session.cookie.maxAge = 7_200_000
    return session.cookie.originalMaxAge
  },
  scriptable ({ session }) {
    session.a = 9
    session.options({ httpOnly: false })
  },
  age: ({ session }) => session.cookie.originalMaxAge ?? null,
  cookie ({ session: { cookie } }) {
    const { path, domain, httpOnly, secure, sameSite, originalMaxAge: age } = cookie
    return { path, domain, httpOnly, secure, sameSite, age }
  },
  ids ({ session }) {
    session.a ??= 10
    const { sessionId, encryptedSessionId } = session
    const isSigned = encryptedSessionId.startsWith(`${sessionId}.`)
    return { length: sessionId.length, isSigned, isValid: signer.unsign(encryptedSessionId).valid }
  },
  isOfHolder: ({ session }) => session.sessionId.startsWith('returning-'),
  isSameId: ({ session, cookies }) => cookies.sessionId === session.encryptedSessionId,
  async decrypt ({ cookies }, _reply, app) {
    const session = await decrypted(app, cookies.sessionId ?? '')
    return { age: session.cookie.originalMaxAge, ...contentsOf(session) }
  },
  async decryptWithOptions ({ cookies }, _reply, app) {
    const session = await decrypted(app, cookies.sessionId ?? '', { maxAge: 86_400, httpOnly: false })
    const { httpOnly, originalMaxAge } = session.cookie
    return { httpOnly, originalMaxAge, ...contentsOf(session) }
  },
  async decryptForged (_request, _reply, app) {
    const session = await decrypted(app, 'forged.signature', { maxAge: 86_400 })
    return { age: session.cookie.originalMaxAge, ...contentsOf(session) }
  },
  async decryptAndSave ({ cookies }, _reply, app) {
    const session = await decrypted(app, cookies.sessionId ?? '')
    session.b = 11
    return await caught(async () => await session.save())
  },
  async storeGet ({ sessionStore, session: { sessionId } }) {
    let found: Session | null | undefined
    const error = await called(done => sessionStore.get(sessionId, (error, session) => {
      found = session
      done(error)
    }))
    return { error: messageOf(error), ...contentsOf(found as SessionObject) }
  },
  async storeGetUnknown ({ sessionStore }) {
    let found: Session | null | undefined
    await called(done => sessionStore.get('unknown', (error, session) => {
      found = session
      done(error)
    }))
    return { found: found ?? null }
  },
  async storeSet ({ sessionStore, session: { sessionId } }) {
    return { error: await called(done => sessionStore.set(sessionId, { a: 12, cookie: {} } as Session, done)) ?? null }
  },
  async storeSetOther ({ sessionStore }, _reply, app) {
    const id = 'x'.repeat(32)
    const values = { b: 13, cookie: { originalMaxAge: 3_600_000, expires: new Date(Date.now() + 3_600_000) } }
    const error = await called(done => sessionStore.set(id, values as unknown as Session, done))
    const session = await decrypted(app, signer.sign(id))
    return { error: messageOf(error), age: session.cookie.originalMaxAge, ...contentsOf(session) }
  },
  async storeSetExpired ({ sessionStore }, _reply, app) {
    const id = 'y'.repeat(32)
    const values = { b: 14, cookie: { expires: new Date(Date.now() - 1000) } }
    await called(done => sessionStore.set(id, values as unknown as Session, done))
    const session = await decrypted(app, signer.sign(id))
    return { ...contentsOf(session), isOtherId: session.sessionId !== id }
  },
  async storeSetUser ({ sessionStore, session: { sessionId } }) {
    const error = await called(done => sessionStore.set(sessionId, { user: 'eve', cookie: {} } as Session, done))
    return { refused: error instanceof Error ? Reflect.get(error, 'code') : null }
  },
  async storeDestroy ({ sessionStore, session: { sessionId } }) {
    return { error: await called(done => sessionStore.destroy(sessionId, done)) ?? null }
  },
  outside: ({ session }) => ({ isEmpty: Object.keys(session).length === 0, hasId: session.sessionId !== undefined }),
  fails ({ session }) {
    session.a = 15
    throw new Error('the handler failed')
  },
  redirect ({ session }, reply) {
    session.a = 16
    return reply.redirect('/read')
  },
  bigInt ({ session }) { Object.assign(session, { big: 1n }) },
  reserved ({ session }) { Object.assign(session, { save: 'me' }) }
}
