// This chat ends with the session of each person. README.md says how to start it.
import { readFile } from 'node:fs/promises'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import { requireSession, sessionSecurity } from 'fastify-session-security'

const { PORT = '3000', SESSION_SECRET = 'for the example only, 32 characters long' } = process.env
const [page, style] = await Promise.all(['index.html', '../style.css'].map(file => {
  return readFile(new URL(file, import.meta.url))
}))
const app = Fastify()
const sockets = new Set()

await app.register(websocket) // first: it closes only sockets of handshakes that its own hooks have seen
await app.register(sessionSecurity, {
  session: { secret: SESSION_SECRET, cookie: { secure: 'auto' } },
  userOf: session => session.user
})

app.get('/', async (_request, reply) => reply.type('text/html').send(page))
app.get('/style.css', async (_request, reply) => reply.type('text/css').send(style))
app.get('/me', async ({ session }) => ({ user: session.user ?? null }))
app.post('/sign-in', async ({ session, body }) => { session.user = String(body.name) }) // check a password here
app.post('/sign-out', async ({ session }) => { await session.destroy() })

app.get('/chat', { websocket: true, preValidation: requireSession() }, async (socket, { session, sessionSecurity }) => {
  socket.on('message', async text => { // somebody typed it, so it counts as activity
    if (await sessionSecurity.recordActivity()) for (const other of sockets) other.send(`${session.user}: ${text}`)
  })
  socket.on('close', () => sockets.delete(socket))
  if (await sessionSecurity.attach(socket)) sockets.add(socket) // from now on, the end of the session closes the socket
})

console.log(`Open ${await app.listen({ host: '127.0.0.1', port: Number(PORT) })} in two tabs.`)
