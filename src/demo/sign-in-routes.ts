import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sameOriginPath } from '../core/same-origin-path.ts'
import { explain, isEndReason } from './end-reasons.ts'
import type { SignIn } from './pages/sign-in.ts'
import { signInPage } from './pages/sign-in.ts'
import { sendPage } from './send-page.ts'

export interface SignInOptions {
  readonly expireAfter: number
}

interface SignInForm {
  readonly Querystring: { readonly next?: unknown, readonly reason?: unknown }
  readonly Body: { readonly name?: string, readonly next?: string } | undefined
}

const LONGEST_NAME = 60

/** Adds the routes to sign in and out. */
export async function signInRoutes (fastify: FastifyInstance, { expireAfter }: SignInOptions): Promise<void> {
  fastify.get<SignInForm>('/login', async function showSignIn (request, reply) {
    const next = sameOriginPath(request.query.next)
    if (request.sessionSecurity.status().state !== 'ended') return await reply.redirect(next ?? '/', 303)
    const reason = await request.sessionSecurity.endReason()
    const known = isEndReason(request.query.reason) ? request.query.reason : reason
    const explanation = explain(known, expireAfter)
    const keepsDrafts = explanation !== undefined && known !== 'logout' // a sign-out drops them
    return await sendPage(reply, signInPage({ ...clientFor(request), next, explanation, keepsDrafts }))
  })

  fastify.post<SignInForm>('/login', async function signIn (request, reply) {
    const name = request.body?.name?.trim() ?? ''
    const next = sameOriginPath(request.body?.next)
    if (name === '' || name.length > LONGEST_NAME) {
      return await sendPage(reply.code(400), signInPage({ ...clientFor(request), next, refused: name }))
    }
    request.session.signedInAs = name // the answer brings a new session id
    return await reply.redirect(next ?? '/', 303)
  })

  fastify.post('/logout', signOut)

  /** Returns the client of the page. It informs other tabs that nobody is signed in. */
  function clientFor (request: FastifyRequest): Pick<SignIn, 'client' | 'notice'> {
    return { client: fastify.sessionClient.tags(request, { forms: 'off' }), notice: fastify.sessionClient.notice('en') }
  }
}

async function signOut (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  await request.session.destroy()
  return await reply.redirect('/login?reason=logout', 303)
}
