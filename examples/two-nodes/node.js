// Every node runs this file, with the same secret and the same Redis.
import { readFile } from 'node:fs/promises'
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { requireSession, sessionClient, sessionSecurity } from 'fastify-session-security'
import { RedisStore } from 'fastify-session-security/redis'
import { Redis } from 'ioredis'

const { NODE = 'node-a', HOST = '127.0.0.1', PORT = '3000', REDIS_URL, SESSION_SECRET } = process.env

// Only the proxy may say where a request comes from: it stands on this machine or in the same private network.
const app = Fastify({ trustProxy: 'loopback, uniquelocal', logger: { level: 'warn' } })
const redis = new Redis(REDIS_URL, {
  commandTimeout: 1000,
  socketTimeout: 5000,
  maxRetriesPerRequest: 1,
  retryStrategy: attempts => Math.min(attempts * 50, 500),
  reconnectOnError: ({ message }) => message.includes('READONLY')
})
app.addHook('onClose', async () => redis.disconnect())

const style = await readFile(new URL('../style.css', import.meta.url))
await app.register(formbody)
await app.register(sessionSecurity, {
  session: { secret: SESSION_SECRET, cookie: { secure: 'auto' } },
  store: new RedisStore({ client: redis, prefix: 'two-nodes:' }),
  userOf: session => session.user,
  deviceOf: ({ ip, headers }) => ({ address: ip, userAgent: headers['user-agent'] ?? '' }),
  pushUrl: '/session_security/push' // an end on one node closes the pages that another one serves
})
await app.register(sessionClient, { loginUrl: '/sign-in', signOutUrl: '/sign-out' })

function send (request, reply, title, body) {
  reply.type('text/html').header('cache-control', 'no-store')
  return reply.send(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>
    <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css">
    ${app.sessionClient.tags(request)}</head>
    <body><main class="narrow"><h1>${title}</h1>${body}</main></body></html>`)
}

const passive = { config: { sessionSecurity: { passive: true } } }
const page = { preHandler: requireSession({ loginUrl: '/sign-in' }) }

app.get('/style.css', passive, (_request, reply) => reply.type('text/css').send(style))

// Health checks ask here whether this node can serve sessions.
app.get('/ready', passive, async (_request, reply) => {
  const { healthy } = await app.sessionSecurity.health()
  return reply.code(healthy ? 200 : 503).send({ healthy })
})

app.get('/sign-in', (request, reply) => send(request, reply, 'Sign in', `
  <form class="card" method="post" action="/sign-in" data-no-guard>
    <p>In this example anybody may sign in as Ada.</p><button autofocus>Sign in</button>
  </form>
  <p class="hint">${NODE} made this page.</p>`))

app.post('/sign-in', (request, reply) => {
  request.session.user = 'ada' // check a password here
  return reply.redirect('/', 303)
})

app.post('/sign-out', async (request, reply) => {
  await request.session.destroy()
  return reply.redirect('/sign-in', 303)
})

app.post('/sign-out-elsewhere', page, async (request, reply) => {
  await request.sessionSecurity.endOtherSessions()
  return reply.redirect('/', 303)
})

app.get('/', page, async (request, reply) => {
  const { length } = await request.sessionSecurity.sessions()
  return send(request, reply, `Hello from ${NODE}`, `
    <div class="card">
      <p>You are signed in at ${length} ${length === 1 ? 'place' : 'places'}. Load this page again: the nodes take
        turns, and each knows you.</p>
      <form action="/"><button>Load again</button></form>
      <form method="post" action="/sign-out-elsewhere"><button class="quiet">Sign out everywhere else</button></form>
      <form method="post" action="/sign-out" data-session-sign-out><button class="quiet">Sign out</button></form>
    </div>`)
})

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close())
console.log(`${NODE} listens at ${await app.listen({ host: HOST, port: Number(PORT) })}`)
