import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sameOriginPath } from '../core/same-origin-path.ts'
import { requireSession } from '../request/require-session.ts'
import type { Member } from './pages/layout.ts'
import { confirmPage, emailPage } from './pages/email.ts'
import { sendPage } from './send-page.ts'

declare module 'fastify' {
  interface Session {
    /** The address that the person gave. */
    email?: string
  }
}

export interface EmailOptions {
  readonly memberOf: (request: FastifyRequest) => Member
  /** Seconds after which the person must confirm the identity. */
  readonly confirmAfter: number
}

interface EmailForm {
  readonly Body: { readonly email?: string } | undefined
}

interface ConfirmForm {
  readonly Querystring: { readonly next?: unknown }
  readonly Body: { readonly password?: string, readonly next?: string } | undefined
}

const LONGEST = 200

/** Adds a change that needs fresh authentication, by `requireSession({ reauthUrl })`. */
export async function emailRoutes (fastify: FastifyInstance, { memberOf, confirmAfter }: EmailOptions): Promise<void> {
  const isMember = requireSession({ loginUrl: '/login' })
  const isConfirmed = requireSession({ loginUrl: '/login', authenticatedWithin: confirmAfter, reauthUrl: '/confirm' })

  fastify.get('/email', { preHandler: isMember }, async function showEmail (request, reply) {
    return await sendPage(reply, emailPage({ ...memberOf(request), email: request.session.email ?? '', confirmAfter }))
  })

  fastify.post<EmailForm>('/email', { preHandler: isConfirmed }, async function changeEmail (request, reply) {
    request.session.email = (request.body?.email ?? '').slice(0, LONGEST)
    return await reply.redirect('/email', 303)
  })

  fastify.get<ConfirmForm>('/confirm', { preHandler: isMember }, async function showConfirm (request, reply) {
    return await sendPage(reply, confirmPage({ ...memberOf(request), next: sameOriginPath(request.query.next) }))
  })

  fastify.post<ConfirmForm>('/confirm', { preHandler: isMember }, async function confirm (request, reply) {
    const next = sameOriginPath(request.body?.next)
    const { password = '' } = request.body ?? {}
    if (password === '') return await sendPage(reply.code(400), confirmPage({ ...memberOf(request), next }))
    request.sessionSecurity.reauthenticated({ methods: ['pwd'] })
    return await reply.redirect(next ?? '/', 303)
  })
}
