import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify'
import { Addresses } from './addresses.ts'
import { SCRIPT, STYLE } from './assets.built.ts'
import { problemPage } from './problem-page.ts'
import { LaterVersionError, StoreUnavailableError } from '../errors.ts'
import { BadInputError, CrossOriginError, UnknownSessionError } from './errors.ts'
import { wantsPage } from '../http/fetch-metadata.ts'
import { check } from '../option-checks.ts'
import { serveFile, staticFile } from '../browser-files/static-file.ts'
import { AdminContext } from './admin-context.ts'
import { readForms } from './forms.ts'
import { guard } from './access.ts'
import { liveRoute } from './live-route.ts'
import type { AdminPolicy } from './options.ts'
import { sessionRoutes } from './session-routes.ts'
import { tokenRoutes } from './token-routes.ts'

const OWN_REFUSALS = [
  BadInputError, CrossOriginError, LaterVersionError, StoreUnavailableError, UnknownSessionError
]

/** Registers the routes, files and refusals of the admin page in their own context. */
export async function pages (fastify: FastifyInstance, policy: AdminPolicy): Promise<void> {
  check('prefix', fastify.prefix, 'a path without parameters: the pages link to each other',
    value => !/[:*\\]|\/\//.test(String(value)))
  fastify.addHook('onRoute', hideFromDocumentation)
  guard(fastify, policy)
  readForms(fastify)
  const context = new AdminContext(fastify, {
    addresses: new Addresses(fastify.prefix),
    style: serveFile(fastify, staticFile('admin.css', STYLE)),
    script: serveFile(fastify, staticFile('admin.js', SCRIPT)),
    home: policy.homeUrl
  }, policy)
  fastify.setErrorHandler(showProblem)
  sessionRoutes(fastify, context)
  liveRoute(fastify, context)
  tokenRoutes(fastify, context)

  /** Answers a refusal of the pages with a page. The application answers other errors. */
  async function showProblem (error: Error, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const isOwn = OWN_REFUSALS.some(Refusal => error instanceof Refusal)
    if (!isOwn || !wantsPage(request.headers)) throw error
    const { code, message, statusCode = 500 } = error as InstanceType<typeof BadInputError>
    if (error instanceof StoreUnavailableError || error instanceof LaterVersionError) reply.headers(error.headers)
    // Without the store, nobody knows whose page this is.
    const client = error instanceof StoreUnavailableError ? undefined : context.clientOf(request)
    const page = problemPage({ ...context.frame, client }, { code, message })
    return await reply.code(statusCode).type('text/html; charset=utf-8').send(page)
  }
}

/** Hides a route from @fastify/swagger: these pages are no API. */
function hideFromDocumentation (route: RouteOptions): void {
  const schema: FastifySchema & { hide: boolean } = { ...route.schema, hide: true }
  route.schema = schema
}
