import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { requireSession } from '../request/require-session.ts'
import { emailRoutes } from './email-routes.ts'
import { formPage } from './pages/form.ts'
import { homePage } from './pages/home.ts'
import type { Member, Times } from './pages/layout.ts'
import type { PanelParts } from './pages/panel.ts'
import { panelParts } from './pages/panel.ts'
import type { RequestLog } from './request-log.ts'
import { sendPage } from './send-page.ts'

export interface MemberOptions {
  readonly requestLog: RequestLog
  readonly node: string | undefined
  readonly times: Times
}

/** Adds the pages for signed-in persons. */
export async function memberRoutes (
  fastify: FastifyInstance, { requestLog, node, times }: MemberOptions
): Promise<void> {
  const preHandler = requireSession({ loginUrl: '/login' })

  fastify.get('/', { preHandler }, async function showHome (request, reply) {
    return await sendPage(reply, homePage({ ...memberOf(request), panel: panelFor(request) }))
  })

  // Without a guard: the panel itself shows that the session has ended.
  fastify.get('/panel', async function showPanel (request, reply) {
    return await sendPage(reply, Object.values(panelFor(request)).join('\n'))
  })

  fastify.get('/form', { preHandler }, async function showForm (request, reply) {
    return await sendPage(reply, formPage(memberOf(request)))
  })

  fastify.post('/form', { preHandler }, async function dropForm (request, reply) {
    const received = Object.values(request.body ?? {}).filter(value => value !== '').length
    return await sendPage(reply, formPage({ ...memberOf(request), received }))
  })

  await fastify.register(emailRoutes, { memberOf, confirmAfter: times.warnAfter })

  fastify.post<{
    Body: { readonly timer?: string } | undefined
  }>('/timer', { preHandler }, async function chooseTimer (request, reply) {
    request.session.isTimedByHand = request.body?.timer === 'hand'
    return await reply.redirect('/', 303)
  })

  fastify.get('/api/time', { preHandler: requireSession() }, tellTime)
  fastify.get('/api/unread', { preHandler: requireSession() }, countUnread)

  function memberOf (request: FastifyRequest): Member {
    const { signedInAs = '', isTimedByHand } = request.session
    const client = isTimedByHand === true ? {} : { client: fastify.sessionClient.tags(request) }
    return { person: signedInAs, times, ...client }
  }

  function panelFor ({ sessionSecurity }: FastifyRequest): PanelParts {
    return panelParts({
      view: sessionSecurity.status(), requests: requestLog.of(sessionSecurity.handle), nowMs: Date.now(), node
    })
  }
}

/** Answers a request of a person, who pressed a button. */
async function tellTime (_request: FastifyRequest, reply: FastifyReply): Promise<string> {
  reply.header('cache-control', 'no-store')
  return `${new Date().toISOString().slice(11, 19)} UTC`
}

/** Counts unread mails: one more every ten seconds. */
async function countUnread (_request: FastifyRequest, reply: FastifyReply): Promise<number> {
  reply.header('cache-control', 'no-store')
  return Math.floor(Date.now() / 10_000) % 10
}
