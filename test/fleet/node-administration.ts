import type { FastifyInstance } from 'fastify'

interface TokenRequest { Body: { id: string, user: string, seconds: number } }

/** Answers the questions of administrators, and of the pages of an account. */
export function addAdministration (app: FastifyInstance): void {
  const { sessionSecurity } = app
  const passive = { config: { sessionSecurity: { passive: true } } }
  app.post<{ Body: { user: string } }>('/end-user', async ({ body: { user } }) => {
    const { ended } = await sessionSecurity.endUser(user, { by: 'an administrator' })
    return { ended: ended.length }
  })
  app.post<{ Body: { handle: string } }>('/end', async ({ body: { handle } }) => {
    return { ended: await sessionSecurity.end(handle) !== null }
  })
  app.get('/overview', passive, async () => {
    const [live, ended, stats, health] = await Promise.all([
      sessionSecurity.list({ limit: 100, order: 'ends-first' }),
      sessionSecurity.list({ state: 'ended', limit: 100 }),
      sessionSecurity.stats(),
      sessionSecurity.health()
    ])
    return { live: live.sessions.map(({ handle }) => handle), ended: ended.sessions.length, stats, health }
  })
  app.post<TokenRequest>('/tokens', async ({ body: { id, user, seconds } }) => {
    await sessionSecurity.tokens.track({ id, user, expiresAt: new Date(Date.now() + seconds * 1000) })
    const { tokens } = await sessionSecurity.tokens.list({ user })
    return { isActive: await sessionSecurity.tokens.isActive(id, { user }), count: tokens.length }
  })
  app.post<{ Body: { id: string } }>('/revoke', async ({ body: { id } }) => {
    return { wasKnown: await sessionSecurity.tokens.revoke(id, { by: 'an administrator' }) }
  })
}
