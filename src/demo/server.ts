import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastify from 'fastify'
import { assets } from './assets.ts'
import { notFoundPage } from './pages/not-found.ts'
import type { SiteOptions } from './site.ts'
import { site } from './site.ts'

const CONTENT_SECURITY_POLICY = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
  "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"].join('; ')

/** Builds the demo as a server that does not listen yet. Its assets are outside the site, without sessions. */
export function buildDemo (options: SiteOptions): FastifyInstance {
  const app = fastify({ forceCloseConnections: true })
  app.addHook('onRequest', setSecurityHeaders)
  app.setNotFoundHandler(answerNotFound)
  app.register(assets)
  app.register(site, options)
  return app
}

async function setSecurityHeaders (_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.headers({
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin'
  })
}

async function answerNotFound (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  return await reply.code(404).type('text/html; charset=utf-8').send(notFoundPage())
}
