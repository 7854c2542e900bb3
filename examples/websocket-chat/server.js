// A chat that ends with its session: node server.js, then sign in at http://127.0.0.1:3000 in two tabs, and out in one.
import { readFile } from 'node:fs/promises'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import sessionSecurity, { requireSession } from 'fastify-session-security'

const secret = process.env.SESSION_SECRET ?? 'at least 32 characters, and not these'
const app = Fastify({ logger: true })
const sockets = new Set()

await app.register(websocket) // first: it closes only sockets of handshakes that its own hooks have seen
await app.register(sessionSecurity, {
  session: { secret, cookie: { secure: 'auto', sameSite: 'lax' } }, userOf: session => session.user
})

app.get('/', async (_request, reply) => reply.type('text/html').send(await readFile(process.env.PAGE ?? 'index.html')))
app.post('/sign-in', async ({ session, body }) => { session.user = String(body.name) }) // check a password here
app.post('/sign-out', async ({ session }) => { await session.destroy() })

app.get('/chat', { websocket: true, preValidation: requireSession() }, async (socket, { session, sessionSecurity }) => {
  socket.on('message', async text => { // somebody typed it, so it counts
    if (await sessionSecurity.recordActivity()) for (const other of sockets) other.send(`${session.user}: ${text}`)
  })
  socket.on('close', () => sockets.delete(socket))
  if (await sessionSecurity.attach(socket)) sockets.add(socket)
})

await app.listen({ port: Number(process.env.PORT ?? 3000) })
