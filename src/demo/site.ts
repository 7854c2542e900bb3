import type { FastifyInstance, FastifyRequest } from 'fastify'
import { sessionAdmin } from '../admin/session-admin.ts'
import { requireSession } from '../request/require-session.ts'
import { sessionClient } from '../browser-files/session-client.ts'
import { sessionSecurity } from '../session-security.ts'
import type { EndedSession } from '../store/store.ts'
import type { Backend } from './backend.ts'
import { memberRoutes } from './member-routes.ts'
import { RequestLog } from './request-log.ts'
import { signInRoutes } from './sign-in-routes.ts'

declare module 'fastify' {
  interface Session {
    /** The name of the sign-in. */
    signedInAs?: string
    /** Whether the pages of the session have the handwritten timer. */
    isTimedByHand?: boolean
  }
}

export interface SiteOptions {
  readonly backend: Pick<Backend, 'store' | 'secret'>
  /** The name of this node, if there may be several. */
  readonly node?: string
  /** Idle seconds until the warning. */
  readonly warnAfter: number
  /** Idle seconds until the end. */
  readonly expireAfter: number
  /** Receives a line for each session that ends. Default: no line is written. */
  readonly tell?: (line: string) => void
}

/** Adds the pages with their sessions. */
export async function site (
  fastify: FastifyInstance, { backend: { store, secret }, node, warnAfter, expireAfter, tell = () => {} }: SiteOptions
): Promise<void> {
  const requestLog = new RequestLog()
  readForms(fastify)
  await fastify.register(sessionSecurity, {
    session: { secret, cookie: { secure: 'auto' } },
    store,
    warnAfter,
    expireAfter,
    allowShortWarning: expireAfter - warnAfter < 20,
    passiveUrls: ['/api/unread', '/panel'],
    userOf: session => session.signedInAs,
    deviceOf: ({ ip, headers }) => ({ address: ip, userAgent: headers['user-agent'] ?? '' }),
    onSessionEnd: ended => {
      requestLog.forget(ended.handle)
      tell(describe(ended))
    },
    sweep: { every: 1 }
  })
  await fastify.register(sessionClient, { signOutUrl: '/logout', loginUrl: '/login' })
  requestLog.watch(fastify)
  await fastify.register(signInRoutes, { expireAfter })
  await fastify.register(memberRoutes, { requestLog, node, times: { warnAfter, expireAfter } })
  await fastify.register(adminPages)
}

/** Lets everybody who is signed in administer, as the home page says. Others are sent to the sign-in page. */
async function adminPages (fastify: FastifyInstance): Promise<void> {
  fastify.addHook('onRequest', requireSession({ loginUrl: '/login' }))
  await fastify.register(
    sessionAdmin, { prefix: '/admin', authorize: ({ session }) => session.signedInAs !== undefined }
  )
}

/** Reads forms only. */
function readForms (fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/x-www-form-urlencoded', {
    parseAs: 'string'
  }, async (_request: FastifyRequest, body: string) =>
    Object.fromEntries(new URLSearchParams(body)))
}

function describe ({ user, reason, startedAtMs, lastActivityMs, endedAtMs }: EndedSession): string {
  const seconds = (fromMs: number) => Math.round((endedAtMs - fromMs) / 1000)
  const times = `after ${seconds(startedAtMs)} s, idle for ${seconds(lastActivityMs)} s`
  return `The session of ${JSON.stringify(user)} ended (${reason}) ${times}.`
}
