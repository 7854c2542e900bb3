// This server has an API, and serves the files that Vite has built. README.md says how to start it.
import { fileURLToPath } from 'node:url'
import serveStatic from '@fastify/static'
import Fastify from 'fastify'
import { requireSession, sessionClient, sessionSecurity } from 'fastify-session-security'

const { PORT = '3000', EXPIRE_AFTER = '60', SESSION_SECRET = 'for the example only, 32 characters long' } = process.env
const PEOPLE = new Map([['ada', 'correct horse'], ['bob', 'battery staple']]) // keep hashes of passwords instead
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const app = Fastify()
const reports = new Map() // user → subjects: your database

app.addHook('onRequest', async (_request, reply) => { reply.header('content-security-policy', POLICY) })
await app.register(sessionSecurity, {
  // A form of another site sends no JSON, and brings no SameSite cookie: so the API needs no CSRF tokens.
  session: { secret: SESSION_SECRET, cookie: { secure: 'auto' } },
  userOf: session => session.user,
  expireAfter: Number(EXPIRE_AFTER), // a minute, so that you see the end soon: the default is ten
  allowShortWarning: Number(EXPIRE_AFTER) < 40 // for tests
})
await app.register(sessionClient) // for pageState()

// The page asks whose it is, and how the session stands. It asks by itself, too, so the route is passive.
app.get('/api/me', { config: { sessionSecurity: { passive: true } } }, async (request, reply) => {
  reply.header('cache-control', 'no-store')
  const { user = null } = request.session
  const reason = user === null ? await request.sessionSecurity.endReason() : null
  return { user, reason, page: app.sessionClient.pageState(request) }
})

const credentials = {
  type: 'object',
  required: ['name', 'password'],
  properties: { name: { type: 'string' }, password: { type: 'string' } }
}
app.post('/api/sign-in', { schema: { body: credentials } }, async (request, reply) => {
  const { name, password } = request.body
  if (PEOPLE.get(name) !== password) return reply.code(401).send({ message: 'Wrong name or password' })
  request.session.user = name // the answer brings a new session id
  return {}
})

app.post('/api/sign-out', async request => {
  await request.session.destroy()
  return {}
})

const report = { type: 'object', required: ['subject'], properties: { subject: { type: 'string', minLength: 1 } } }
app.get('/api/reports', { preHandler: requireSession() }, async ({ session }) => reports.get(session.user) ?? [])
app.post('/api/reports', { preHandler: requireSession(), schema: { body: report } }, async ({ body, session }) => {
  reports.set(session.user, [...reports.get(session.user) ?? [], body.subject])
  return reports.get(session.user)
})

await app.register(serveStatic, { root: fileURLToPath(new URL('dist', import.meta.url)) })

console.log(`Open ${await app.listen({ host: '127.0.0.1', port: Number(PORT) })} and sign in as ada, "correct horse".`)
