import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import { requireSession, sessionSecurity } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import type { Connection } from './connection.ts'
import { connectTo } from './connection.ts'
import { SECRET } from './node-app.ts'

// One node whose sockets hang on sessions, in a process of its own. It ends with its parent.

/** The first message of the parent. */
export interface ConnectionsSettings {
  readonly connection: Connection
  /** Of `connections`, in seconds. */
  readonly checkEvery: number
  readonly outageGrace: number
  /** After so many idle seconds a brief session ends; others outlast the test. */
  readonly briefAfter: number
}

interface Named { Params: { user: string } }

process.once('message', async (settings: ConnectionsSettings) => {
  const { connection, checkEvery, outageGrace, briefAfter } = settings
  const { client } = await connectTo(connection)
  const app = Fastify()
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false } },
    store: new RedisStore({ client }),
    userOf: session => session.user,
    expireAfter: ({ session }) => session.user?.startsWith('brief') === true ? briefAfter : 3600,
    allowShortWarning: true,
    connections: { checkEvery, outageGrace },
    sweep: { every: 0.5 }
  })
  await app.register(websocket)
  app.post<Named>('/sign-in/:user', async ({ session, params: { user } }) => { session.user = user })
  app.post('/renew', async ({ session }) => { await session.regenerate(['user']) })
  app.post('/sign-out', async ({ session }) => { await session.destroy() })
  app.post('/end-others', async ({ sessionSecurity }) => { await sessionSecurity.endOtherSessions() })
  app.post<Named>('/end/:user', async ({ params: { user } }) => { await app.sessionSecurity.endUser(user) })
  app.get('/socket', { websocket: true, preValidation: requireSession() }, async (socket, request) => {
    socket.on('message', () => socket.send('here'))
    if (await request.sessionSecurity.attach(socket)) socket.send('attached')
  })
  process.once('disconnect', async () => {
    await app.close()
    process.exit()
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  process.send?.({ port: Number(new URL(address).port) })
})
