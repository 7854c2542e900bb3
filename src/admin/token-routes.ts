import type { FastifyInstance } from 'fastify'
import { revokeTokenPage, revokeUserPage } from './confirm-pages.ts'
import { readRequired, readTokenListing } from './listing.ts'
import { tokensPage } from './tokens-page.ts'
import type { AdminContext } from './admin-context.ts'
import { listing, queryOf } from './admin-context.ts'
import { formOf } from './forms.ts'

/** Registers the routes of the token registry. */
export function tokenRoutes (fastify: FastifyInstance, context: AdminContext): void {
  const { security: { tokens }, pageSize, frame: { addresses } } = context

  fastify.get('/tokens', async function showTokens (request, reply) {
    const asked = readTokenListing(queryOf(request))
    const page = await listing(asked.cursor, () => tokens.list({ ...asked, limit: pageSize }))
    return await context.send(request, reply, around => tokensPage(around, asked, page))
  })

  fastify.get('/tokens/revoke', async function askToRevoke (request, reply) {
    const id = readRequired(queryOf(request), 'id')
    return await context.send(request, reply, around => revokeTokenPage(around, id))
  })

  fastify.post('/tokens/revoke', async function revoke (request, reply) {
    const id = readRequired(formOf(request), 'id')
    const by = context.operatorOf(request)
    const wasKnown = await tokens.revoke(id, by)
    context.log('revoked a token', by, { id })
    return await reply.redirect(addresses.tokens({}, { done: wasKnown ? 'revoked' : 'not-known' }), 303)
  })

  fastify.get('/tokens/revoke-user', async function askToRevokeUser (request, reply) {
    const user = readRequired(queryOf(request), 'user')
    return await context.send(request, reply, around => revokeUserPage(around, user))
  })

  fastify.post('/tokens/revoke-user', async function revokeUser (request, reply) {
    const user = readRequired(formOf(request), 'user')
    const by = context.operatorOf(request)
    const count = await tokens.revokeUser(user, by)
    context.log('revoked all tokens of a user', by, { user, tokens: count })
    return await reply.redirect(addresses.tokens({ user }, { done: 'user-revoked', tokens: count }), 303)
  })
}
